namespace Halyard.Tests.Json;

/// <summary>Items with every property there is.</summary>
internal static class Samples
{
    public static ReadOnlySpan<byte> FullFlag => """
        {"key":"full","version":3,"deleted":false,"on":true,
         "prerequisites":[{"key":"other","variation":1}],
         "targets":[{"variation":2,"values":["a","b"]}],
         "contextTargets":[{"contextKind":"org","variation":3,"values":["c"]},{"contextKind":"user","variation":2,"values":[]}],
         "rules":[
           {"id":"r0","clauses":[{"contextKind":"org","attribute":"/a/b","op":"in","values":["x",1,true,null,[1],{"y":2}],"negate":true}],"variation":1,"trackEvents":true},
           {"id":"r1","clauses":[{"attribute":"/a/b","op":"matches","values":["^x"],"negate":false}],
            "rollout":{"kind":"experiment","contextKind":"device","bucketBy":"/c/d","seed":61,"variations":[{"variation":0,"weight":60000,"untracked":true},{"variation":1,"weight":40000}]}}],
         "fallthrough":{"rollout":{"kind":"rollout","bucketBy":"/e","variations":[{"variation":0,"weight":100000}]}},
         "offVariation":4,"variations":["s",true,1.5,null,{"a":[1,{"b":null}]},[]],"salt":"pepper",
         "trackEvents":true,"trackEventsFallthrough":true,"debugEventsUntilDate":1700000000000,"clientSide":true,
         "clientSideAvailability":{"usingMobileKey":true,"usingEnvironmentId":false},
         "samplingRatio":10,"excludeFromSummaries":true,"migration":{"checkRatio":5}}
        """u8;

    public static ReadOnlySpan<byte> FullSegment => """
        {"key":"full","version":4,"deleted":false,"included":["a"],"excluded":["b","c"],
         "includedContexts":[{"contextKind":"org","values":["d"]}],"excludedContexts":[{"values":["e"]}],
         "rules":[{"id":"s0","clauses":[{"contextKind":"user","attribute":"email","op":"endsWith","values":["@x"],"negate":false}],
                   "weight":50000,"bucketBy":"/a","rolloutContextKind":"org"},
                  {"clauses":[],"bucketBy":"/a"}],
         "salt":"pepper","unbounded":true,"unboundedContextKind":"org","generation":2}
        """u8;
}
