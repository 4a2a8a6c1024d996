// The list of sessions, and the one that is chosen. Runs once as the on-load body of the component, whose containers it fills
// from a stream of its own while the tab is open. All of it is HTML in which the server has escaped every word of a person.

const at = (id) => element.querySelector('#' + id);
const heard = at('session-told').firstElementChild; // by screen readers alone
const PARTS = { rows: 'sessions', head: 'session', figures: 'session-figures', runs: 'session-runs' };
const ACTS = { stop: 'session-stop', go_on: 'session-go-on', again: 'session-again' };
const state = { chosen: '', words: '', hold: '', watched: null };

// Writes new HTML into what is there, so that neither the focus nor what is folded out is lost, and a bar moves on.
function write(box, html) {
  const like = document.createElement('template');
  like.innerHTML = html;
  morph(box, like.content);
}

function morph(node, like) {
  const wanted = Array.from(like.childNodes);
  while (node.childNodes.length > wanted.length) node.lastChild.remove();
  wanted.forEach((each, index) => {
    const now = node.childNodes[index];
    if (!now) node.append(each);
    else if (now.nodeName !== each.nodeName) now.replaceWith(each);
    else if (now.nodeType !== Node.ELEMENT_NODE) { if (now.data !== each.data) now.data = each.data; }
    else { dress(now, each); morph(now, each); }
  });
}

function dress(node, like) {
  for (const { name } of Array.from(node.attributes)) if (!like.hasAttribute(name) && name !== 'open') node.removeAttribute(name);
  for (const { name, value } of Array.from(like.attributes)) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// ------------------------------------------------------------------------------------------------------------------- showing
function hear(told) {
  for (const [part, id] of Object.entries(PARTS)) if (part in told) write(at(id), told[part]);
  if ('told' in told && heard.textContent !== told.told) heard.textContent = told.told;
  if ('can_stop' in told) at(ACTS.stop).hidden = !told.can_stop;
  if ('can_go_on' in told) at(ACTS.go_on).hidden = !told.can_go_on;
  if ('head' in told) at(ACTS.again).hidden = !told.head;
  if ('hold' in told) state.hold = told.hold;
  if ('said' in told) state.words = told.said;
  if ('head' in told && told.head) arrive();
  say();
}

function say() {
  const words = state.words || state.hold;
  const note = at('session-said');
  if (note.textContent === words) return;
  note.replaceChildren();
  if (words) make('p', '', note, { role: 'status' }).textContent = words;
}

// Shows a session, or none; words of a press go when another one is chosen.
function choose(session, words) {
  state.words = words;
  if (session !== state.chosen || !state.watched) {
    Object.assign(state, { chosen: session, hold: '', arrived: false });
    watchSessions();
  }
  say();
}

function watchSessions() {
  if (state.watched) state.watched.end();
  state.watched = readStream('takes/watch/sessions?chosen=' + encodeURIComponent(state.chosen), hear, (sentence) => {
    if (state.chosen) choose('', sentence);
    else { state.words = sentence; say(); }
  });
}

// ------------------------------------------------------------------------------------------------------------- the page's address
// The session that is shown stands in it while its tab is open, so that a reload or a link leads to it again.
function address(session) {
  const url = new URL(window.location.href);
  if ((url.searchParams.get('session') || '') === session) return;
  url.searchParams.delete('session');
  if (session) {
    for (const name of ['vote', 'like']) url.searchParams.delete(name); // these would open other places of the page
    url.searchParams.set('session', session);
  }
  window.history.replaceState(window.history.state, '', url);
}

function arrive() {
  if (state.arrived) return;
  state.arrived = true;
  address(state.chosen);
  at('session').scrollIntoView({ block: 'nearest' });
}

// ------------------------------------------------------------------------------------------------------------------- pressing
element.addEventListener('click', (event) => {
  const row = event.target.closest('a[data-session]');
  if (!row || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  choose(row.dataset.session, '');
});

for (const [act, id] of Object.entries(ACTS)) at(id).addEventListener('click', () => press(act));

function press(act) {
  const session = { session: state.chosen };
  if (act === 'stop') trigger('stop', session);
  if (act === 'go_on') trigger('go_on', session);
  if (act === 'again') trigger('again', session);
}

document.addEventListener('click', (event) => {
  const tab = event.target.closest('[role=tab]');
  if (tab) address(tab.textContent.trim() === 'Sessions' && state.arrived ? state.chosen : '');
});

function hearPage(value) {
  const known = value || {};
  choose(typeof known.chosen === 'string' ? known.chosen : state.chosen, known.words || '');
}

hearPage(props.value);
watch('value', () => hearPage(props.value));
