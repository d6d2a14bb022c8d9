// The page of halyard serve, and of applications that map it. It holds no state of its own but saved contexts: everything else is read from /api, and read again
// when the server says that something changed.

// Where the page is: the files of it, and what it asks for, are below.
const BASE = new URL('../', import.meta.url);
const byId = (id) => document.getElementById(id);
const ROW = 44;
const SPARE = 6;
const KEPT_CHANGES = 50;
const SAVED = 'halyard.contexts';
const FIRST = '{"kind": "user", "key": "user-1"}';

const flags = new Map();
const segments = new Map();
let readings = {};
let overrides = { flags: {}, segments: {} };
let shown = [];
let current = null;
let opened = null;
let environment = '';
let source = null;
const flashes = new Map();

// ---- the server ----------------------------------------------------------------------------------------------------

// Numbers that the page could only round stay as they are written, where the browser can do that.
const isRounded = (value, source) => typeof value === 'number' && source?.length > 15 && String(value) !== source;
const exact = (name, value, context) => (isRounded(value, context?.source) && JSON.rawJSON ? JSON.rawJSON(context.source) : value);
const parse = (text) => JSON.parse(text, /[0-9.eE+-]{16}/.test(text) ? exact : undefined);

async function ask(path, options) {
  const mark = path.includes('?') ? '&' : '?';
  const answer = await fetch(new URL(path.slice(1), BASE).href + (environment ? `${mark}env=${encodeURIComponent(environment)}` : ''), options);
  const text = await answer.text();
  const body = text ? parse(text) : null;
  if (!answer.ok) {
    const error = new Error(body?.error ?? `The server answered ${answer.status}.`);
    error.status = answer.status;
    throw error;
  }
  return body;
}

const send = (method, path, body) => ask(path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
const address = (kind, key) => `/api/${kind}/${encodeURIComponent(key)}`;

async function start() {
  clearTimeout(waiting);
  try {
    const status = await ask('/status');
    showPage(status.page ?? page);
    fillEnvironments(status.environments);
    revision = status.environments.find((one) => one.name === environment).revision;
    await loadAll();
    byId('login').hidden = true;
    byId('main').hidden = false;
    if (opened !== null) await showDetail(opened, false);
    listen();
    await Promise.all([showActivity(), page.activity ? showFaults() : undefined]);
  } catch (error) {
    report(error);
    if (error.status !== 401) again();
  }
}

// What the server lets people do here: halyard serve everything, an application what it says.
let page = { title: 'serve', edits: true, activity: true };
function showPage(now) {
  page = now;
  byId('title').textContent = page.title;
  document.title = `halyard ${page.title}`;
  document.body.classList.toggle('read-only', !page.edits);
  document.body.classList.toggle('quiet', !page.activity);
}

let waiting;
const again = () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => enqueue(start), 1000);
};

async function loadAll() {
  const [allFlags, allSegments, laid] = await Promise.all([ask('/api/flags'), ask('/api/segments'), ask('/api/overrides')]);
  flags.clear();
  segments.clear();
  Object.entries(allFlags).forEach(([key, flag]) => flags.set(key, flag));
  Object.entries(allSegments).forEach(([key, segment]) => segments.set(key, segment));
  overrides = laid;
  await evaluate();
  filter();
}

function listen() {
  source?.close();
  const mine = source = new EventSource(new URL('api/live', BASE).href + (environment ? `?env=${encodeURIComponent(environment)}` : ''));
  const on = (name, work) => mine.addEventListener(name, (event) => enqueue(() => (mine === source ? work(event) : undefined)));
  on('open', () => say(''));
  on('error', () => {
    say('The server is away', true);
    // One that has refused is not asked again by the browser: it may ask for its key again, or be another one.
    if (mine.readyState === EventSource.CLOSED) again();
  });
  on('change', (event) => take(JSON.parse(event.data)));
  on('overrides', async () => {
    overrides = await ask('/api/overrides');
    filter();
    if (opened !== null) await showDetail(opened, false);
  });
  on('activity', showActivity);
  on('start', async (event) => {
    const now = JSON.parse(event.data);
    if (run !== now.run && run !== '') {
      // The server was started anew: environments, faults and who is connected may be others too.
      run = now.run;
      await start();
    } else if (now.revision !== revision) {
      run = now.run;
      await loadAll();
      revision = now.revision;
      if (opened !== null) await showDetail(opened, false);
    }
    run = now.run;
  });
}

let run = '';
let revision = -1;
let queue = Promise.resolve();
const enqueue = (work) => { queue = queue.then(work).catch(report); };

async function take(change) {
  overrides = await ask('/api/overrides');
  const MANY = 20;
  // What was missed, as by a fault on the way, is read with everything else.
  if (change.count > MANY || change.revision > revision + 1) {
    await loadAll();
  } else {
    for (const item of change.items) {
      const held = item.kind === 'flag' ? flags : segments;
      if (item.deleted) {
        held.delete(item.key);
      } else {
        try {
          held.set(item.key, await ask(address(item.kind + 's', item.key)));
        } catch (error) {
          if (error.status !== 404) throw error;
          held.delete(item.key);
        }
      }
    }
    await evaluate();
  }
  revision = change.revision;
  const touched = new Set(change.items.flatMap((item) => [...dependents(item.kind, item.key)]));
  const until = performance.now() + 2500;
  touched.forEach((key) => flashes.set(key, until));
  tellChange(change, touched);
  filter();
  if (opened !== null) {
    await showDetail(opened, false);
  }
}

/** The flags that may evaluate differently when an item changes: itself, and what needs it, however far away. */
function dependents(kind, key) {
  const found = new Set(kind === 'flag' ? [key] : []);
  const open = [[kind, key]];
  const seen = new Set([`${kind}/${key}`]);
  while (open.length) {
    const [wantedKind, wanted] = open.pop();
    const needs = (rules) => (rules ?? []).some((rule) => (rule.clauses ?? []).some((clause) => clause.op === 'segmentMatch' && (clause.values ?? []).includes(wanted)));
    for (const [otherKey, flag] of flags) {
      const hit = wantedKind === 'flag' ? (flag.prerequisites ?? []).some((one) => one.key === wanted) : needs(flag.rules);
      if (hit && !seen.has(`flag/${otherKey}`)) {
        seen.add(`flag/${otherKey}`);
        found.add(otherKey);
        open.push(['flag', otherKey]);
      }
    }
    if (wantedKind === 'segment') {
      for (const [otherKey, segment] of segments) {
        if (needs(segment.rules) && !seen.has(`segment/${otherKey}`)) {
          seen.add(`segment/${otherKey}`);
          open.push(['segment', otherKey]);
        }
      }
    }
  }
  return found;
}

// ---- the context ---------------------------------------------------------------------------------------------------

/** Asks for the context, which is sent as it is written, as soon as it is JSON. */
async function askFor(path) {
  const context = byId('context').value;
  JSON.parse(context);
  return ask(path, { method: 'POST', body: context });
}

async function evaluate() {
  const problem = byId('context-problem');
  try {
    readings = await askFor('/api/evaluations');
    problem.textContent = '';
  } catch (error) {
    if (error.status === 401) throw error;
    readings = {};
    problem.textContent = error.message;
  }
}

let typing;
byId('context').addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => enqueue(async () => {
    await evaluate();
    draw();
    if (opened !== null) await showDetail(opened, false);
  }), 150);
});

function saved() {
  try {
    const list = JSON.parse(localStorage.getItem(SAVED) ?? '[]');
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

function fillSaved(choice) {
  const select = byId('saved');
  select.replaceChildren(...['', ...saved()].map((text) => new Option(text === '' ? 'choose' : text.replace(/\s+/g, ' ').slice(0, 60), text)));
  select.value = choice ?? '';
}

byId('saved').addEventListener('change', (event) => {
  if (event.target.value) {
    byId('context').value = event.target.value;
    byId('context').dispatchEvent(new Event('input'));
  }
});
byId('save').addEventListener('click', () => {
  const text = byId('context').value;
  localStorage.setItem(SAVED, JSON.stringify([...new Set([text, ...saved()])].slice(0, 30)));
  fillSaved(text);
});
byId('forget').addEventListener('click', () => {
  localStorage.setItem(SAVED, JSON.stringify(saved().filter((text) => text !== byId('context').value)));
  fillSaved();
});

// ---- the list: only the rows that can be seen are there --------------------------------------------------------------

function filter() {
  const words = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const only = byId('only-overridden').checked;
  const fits = (key) => {
    const text = key.toLowerCase();
    return words.every((word) => text.includes(word)) && (!only || key in overrides.flags);
  };
  shown = [...flags.keys()].filter(fits).sort();
  if (!shown.includes(current)) current = shown[0] ?? null;
  byId('count').textContent = shown.length === flags.size ? `${flags.size}` : `${shown.length} of ${flags.size}`;
  byId('space').style.height = `${shown.length * ROW}px`;
  draw();
}

function draw() {
  const list = byId('flags');
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE);
  const rows = [];
  for (let at = first; at < last; at++) rows.push(row(shown[at], at));
  byId('space').replaceChildren(...rows);
  list.setAttribute('aria-activedescendant', current !== null && rows.some((one) => one.dataset.key === current) ? rowId(current) : '');
}

const rowId = (key) => `flag-${encodeURIComponent(key)}`;

function row(key, at) {
  const flag = flags.get(key);
  const reading = readings[key];
  const element = make('div', `flag${key === current ? ' current' : ''}`);
  element.id = rowId(key);
  element.dataset.key = key;
  element.style.top = `${at * ROW}px`;
  element.setAttribute('role', 'option');
  element.setAttribute('aria-selected', String(key === current));
  element.setAttribute('aria-posinset', String(at + 1));
  element.setAttribute('aria-setsize', String(shown.length));
  element.setAttribute('aria-label', `${key}, ${flag.on ? 'on' : 'off'}${key in overrides.flags ? ', overridden' : ''}, ${reading ? text(reading.value) : 'no value'}`);
  if ((flashes.get(key) ?? 0) > performance.now()) element.classList.add('flash');
  const button = make('button', `switch ${flag.on ? 'on' : 'off'}`, flag.on ? 'on' : 'off');
  button.type = 'button';
  button.tabIndex = -1;
  button.title = `Turn ${key} ${flag.on ? 'off' : 'on'}`;
  button.disabled = !page.edits;
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    toggle(key);
  });
  const name = make('span', 'name', key);
  if (key in overrides.flags) name.append(' ', make('span', 'mark', 'overridden'));
  element.append(button, name, make('span', 'value', reading ? text(reading.value) : ''), make('span', 'why', reading ? inWords(reading, flag) : ''));
  element.addEventListener('click', () => {
    current = key;
    draw();
    enqueue(() => showDetail(key, false));
  });
  return element;
}

function inWords(reading, flag) {
  const reason = reading.reason ?? {};
  switch (reason.kind) {
    case 'OFF': return 'the flag is off';
    case 'FALLTHROUGH': return flag.fallthrough?.rollout ? 'nothing matched: a share of everybody else' : 'nothing matched: everybody else';
    case 'TARGET_MATCH': return 'named by its key';
    case 'RULE_MATCH': return `rule ${reason.ruleIndex + 1}${reason.ruleId ? ` (${reason.ruleId})` : ''} matched`;
    case 'PREREQUISITE_FAILED': return `the prerequisite ${reason.prerequisiteKey} does not serve what it must`;
    default: return `not evaluated: ${reason.errorKind ?? 'unknown'}`;
  }
}

const text = (value) => (value === undefined || value === null ? 'no value' : JSON.stringify(value));

byId('flags').addEventListener('scroll', () => requestAnimationFrame(draw), { passive: true });
byId('search').addEventListener('input', () => { byId('flags').scrollTop = 0; filter(); });
byId('only-overridden').addEventListener('change', filter);
new ResizeObserver(() => draw()).observe(byId('flags'));

byId('flags').addEventListener('keydown', (event) => {
  const page = Math.max(1, Math.floor(byId('flags').clientHeight / ROW) - 1);
  const at = shown.indexOf(current);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: shown.length - 1 };
  if (event.key in moves && shown.length) {
    event.preventDefault();
    const next = Math.min(shown.length - 1, Math.max(0, moves[event.key]));
    current = shown[next];
    const list = byId('flags');
    if (next * ROW < list.scrollTop) list.scrollTop = next * ROW;
    if ((next + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (next + 1) * ROW - list.clientHeight;
    draw();
  } else if (event.key === 'Enter' && current !== null) {
    enqueue(() => showDetail(current, true));
  } else if ((event.key === 't' || event.key === ' ') && current !== null && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    toggle(current);
  }
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? '')) {
    event.preventDefault();
    byId('search').focus();
  } else if (event.key === 'Escape' && opened !== null) {
    closeDetail();
  }
});

// ---- one flag ------------------------------------------------------------------------------------------------------

async function showDetail(key, focus) {
  const flag = flags.get(key);
  if (!flag) {
    closeDetail();
    return;
  }
  opened = key;
  byId('detail').hidden = false;
  byId('main').classList.add('open');
  byId('detail-title').textContent = key;
  byId('toggle').textContent = flag.on ? 'Turn off' : 'Turn on';
  byId('remove').hidden = !(key in overrides.flags);
  byId('value').replaceChildren(new Option('choose', ''), ...(flag.variations ?? []).map((value, index) => new Option(`${index}: ${text(value)}`.slice(0, 80), String(index))));
  byId('json').textContent = JSON.stringify(flag, null, 2);
  links(byId('depends'), [...(flag.prerequisites ?? []).map((one) => one.key)], segmentsOf(flag));
  links(byId('needed'), [...dependents('flag', key)].filter((other) => other !== key), []);
  byId('edit-problem').textContent = '';
  try {
    const why = await askFor(`/api/explanations/${encodeURIComponent(key)}`);
    byId('served').textContent = `${text(why.value)}${why.variation === null ? '' : `  (variation ${why.variation})`}  version ${text(flag.version)}`;
    byId('words').textContent = why.words;
    byId('steps').replaceChildren(...why.steps.map(step));
  } catch (error) {
    byId('served').textContent = '';
    byId('words').textContent = error.message;
    byId('steps').replaceChildren();
  }
  if (focus) byId('detail').focus();
}

const segmentsOf = (flag) => [...new Set((flag.rules ?? []).flatMap((rule) => (rule.clauses ?? []).filter((clause) => clause.op === 'segmentMatch').flatMap((clause) => clause.values ?? [])))];

function step(one) {
  const item = make('li', one.holds === true ? 'yes' : one.holds === false ? 'no' : 'open');
  const sign = make('span', 'sign', one.holds === true ? '✓' : one.holds === false ? '✗' : '·');
  sign.setAttribute('aria-label', one.holds === true ? 'yes:' : one.holds === false ? 'no:' : '');
  item.append(sign, make('span', one.decides ? 'decides' : '', one.text));
  if (one.parts.length) {
    const parts = document.createElement('ol');
    parts.append(...one.parts.map(step));
    item.append(parts);
  }
  return item;
}

function links(element, keys, other) {
  const parts = keys.map((key) => {
    const button = make('button', 'link', key);
    button.type = 'button';
    button.addEventListener('click', () => {
      current = key;
      draw();
      enqueue(() => showDetail(key, true));
    });
    return button;
  });
  const all = [...parts, ...other.map((key) => make('span', '', `segment ${key}`))];
  element.replaceChildren(...(all.length ? all.flatMap((one, at) => (at ? [', ', one] : [one])) : ['nothing']));
}

function closeDetail() {
  opened = null;
  byId('detail').hidden = true;
  byId('main').classList.remove('open');
  byId('flags').focus();
}

const edit = (work) => enqueue(async () => {
  try {
    await work();
    byId('edit-problem').textContent = '';
  } catch (error) {
    byId('edit-problem').textContent = error.message;
    say(error.message, true);
  }
});

function toggle(key) {
  if (!page.edits) return;
  const flag = flags.get(key);
  edit(() => send('PUT', overrideOf(key), { on: !flag.on }));
}

byId('toggle').addEventListener('click', () => toggle(opened));
byId('close').addEventListener('click', closeDetail);
// What is meant is what shows now, and not when the server comes to it.
const overrideOf = (key) => `/api/overrides/flags/${encodeURIComponent(key)}`;
byId('remove').addEventListener('click', () => {
  const path = overrideOf(opened);
  edit(() => send('DELETE', path));
});
byId('value').addEventListener('change', (event) => {
  if (event.target.value !== '') {
    const [path, variation] = [overrideOf(opened), Number(event.target.value)];
    edit(() => send('PUT', path, { variation }));
  }
});

// ---- what happens --------------------------------------------------------------------------------------------------

function tellChange(change, touched) {
  const MOST = 5;
  const item = document.createElement('li');
  const names = change.items.slice(0, MOST).map((one) => `${one.kind} ${one.key}${one.deleted || !(one.kind === 'flag' ? flags : segments).has(one.key) ? ' deleted' : one.version === undefined ? ' changed' : ` is version ${one.version}`}`);
  if (change.count > MOST) names.push(`${change.count - MOST} more`);
  const others = [...touched].filter((key) => !change.items.some((one) => one.kind === 'flag' && one.key === key));
  item.append(make('time', '', new Date().toLocaleTimeString()), ` ${names.join(', ')}`);
  if (others.length) item.append(`; touches ${others.slice(0, MOST).join(', ')}${others.length > MOST ? ` and ${others.length - MOST} more` : ''}`);
  byId('changes').prepend(item);
  while (byId('changes').children.length > KEPT_CHANGES) byId('changes').lastChild.remove();
}

async function showActivity() {
  const MOST = 200;
  const [connections, status] = await Promise.all([page.activity ? ask('/api/connections') : [], ask('/status')]);
  byId('connections').replaceChildren(...connections.slice(0, MOST).map((one) => {
    const line = document.createElement('tr');
    line.append(...[one.kind, one.client, new Date(one.since).toLocaleTimeString(), String(one.position)].map((cell) => make('td', '', cell)));
    return line;
  }));
  byId('connections-title').textContent = `Connected: ${connections.length}`;
  const mine = status.environments.find((one) => one.name === environment) ?? status.environments[0];
  const kinds = Object.entries(mine.events?.kinds ?? {});
  byId('events').textContent = kinds.length ? kinds.map(([kind, count]) => `${kind} ${count}`).join(', ') : 'none yet';
  say(mine.error ?? '', Boolean(mine.error));
}

async function showFaults() {
  const faults = await ask('/api/faults');
  byId('faults').replaceChildren(...faults.map((fault) => {
    const item = document.createElement('li');
    const button = make('button', '', 'Take back');
    button.type = 'button';
    button.addEventListener('click', () => edit(async () => {
      await send('DELETE', `/api/faults/${fault.id}`);
      await showFaults();
    }));
    item.append(`${fault.kind}${fault.status ? ` ${fault.status}` : ''}${fault.timesLeft ? `, ${fault.timesLeft} left` : ''}, ${fault.hits} so far `, button);
    return item;
  }));
}

byId('fault').addEventListener('submit', (event) => {
  event.preventDefault();
  edit(async () => {
    await send('POST', '/api/faults', JSON.parse(byId('fault-kind').value));
    await showFaults();
  });
});
setInterval(() => { if (!byId('main').hidden && byId('faults').children.length) showFaults().catch(report); }, 2000);

// ---- the frame -----------------------------------------------------------------------------------------------------

function fillEnvironments(all) {
  const select = byId('environment');
  select.replaceChildren(...all.map((one) => new Option(one.name, one.name)));
  if (!all.some((one) => one.name === environment)) environment = all[0].name;
  select.value = environment;
  byId('environment-field').hidden = all.length < 2;
}

byId('environment').addEventListener('change', (event) => {
  environment = event.target.value;
  run = '';
  revision = -1;
  opened = null;
  byId('detail').hidden = true;
  byId('main').classList.remove('open');
  byId('changes').replaceChildren();
  enqueue(start);
});

byId('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    await send('POST', '/api/session', { key: byId('key').value });
    byId('key').value = '';
    byId('login-problem').textContent = '';
    enqueue(start);
  } catch (error) {
    byId('login-problem').textContent = error.message;
  }
});

function make(name, className, content) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (content !== undefined) element.textContent = content;
  return element;
}

function say(message, isBad) {
  byId('state').textContent = message || 'Live';
  byId('state').className = isBad ? 'bad' : '';
}

const report = (error) => {
  say(error.message, true);
  if (error.status === 401 && page.activity) {
    source?.close();
    byId('main').hidden = true;
    byId('login').hidden = false;
    byId('key').focus();
  }
};

byId('context').value = saved()[0] ?? FIRST;
fillSaved();
enqueue(start);
