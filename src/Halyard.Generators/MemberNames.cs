using System.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace Halyard.FlagGeneration;

/// <summary>Names of members for keys of flags.</summary>
internal static class MemberNames
{
    /// <summary>A key's words, each with a capital: <c>new-checkout.v2</c> is <c>NewCheckoutV2</c>. Empty when nothing of the key can stand in a name.</summary>
    public static string Of(string key)
    {
        var name = new StringBuilder(key.Length);
        var beginsWord = true;
        foreach (var character in key)
        {
            if (!SyntaxFacts.IsIdentifierPartCharacter(character) || character == '_' || char.GetUnicodeCategory(character) == System.Globalization.UnicodeCategory.Format)
            {
                beginsWord = true;
                continue;
            }

            name.Append(beginsWord ? char.ToUpperInvariant(character) : character);
            beginsWord = false;
        }

        if (name.Length != 0 && !SyntaxFacts.IsIdentifierStartCharacter(name[0]))
        {
            name.Insert(0, '_');
        }

        return name.ToString();
    }
}
