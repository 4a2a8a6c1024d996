// -------------------------------------------------------------------------------------------------------------- blind voting
// Which take is which is not known here until the vote is cast: the server tells no names before. A vote counts once every
// clip has played; the server checks that again. It is about the takes that can be seen here: of a pair of which one cannot,
// or of several of which only one can, there is none, and the ballot leads on to the next.
const SEEN_SHARE = 0.9;
const VERDICTS = [['0', 'A is better'], ['tie', 'Tie'], ['bad', 'Both bad'], ['1', 'B is better']];
const ballot = { data: null, cast: false, best: null, worst: null, looked: 0, at: 0 };
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWX';

const ballotSaid = make('p', 'tg-ballot-said', ballotBox, { role: 'status' });
const ballotButtons = make('div', 'tg-ballot-buttons', ballotBox);
const verdicts = VERDICTS.map(([verdict, label]) => {
  const button = make('button', 'tg-verdict', ballotButtons, { type: 'button', 'data-verdict': verdict });
  button.textContent = label;
  button.addEventListener('click', () => cast(verdict));
  return button;
});
const choices = { best: choosing('best', 'Best'), worst: choosing('worst', 'Worst') };
const sendButton = make('button', 'tg-verdict', ballotButtons, { type: 'button', 'data-act': 'send-vote' });
sendButton.textContent = 'Vote';
sendButton.addEventListener('click', () => cast({ best: ballot.best, worst: ballot.worst }));
const skipButton = make('button', 'tg-verdict', ballotButtons, { type: 'button', 'data-act': 'skip-ballot' });
skipButton.textContent = 'Next ballot';
skipButton.addEventListener('click', () => trigger('skip', {}));

function choosing(name, label) {
  const group = make('div', 'tg-choice', ballotButtons, { role: 'group', 'aria-label': label + ' take' });
  make('span', '', group).textContent = label;
  return { name, group, buttons: [] };
}

function fillChoice(choice, count) {
  while (choice.buttons.length > count) choice.buttons.pop().remove();
  while (choice.buttons.length < count) {
    const index = choice.buttons.length;
    const button = make('button', 'tg-verdict', choice.group, { type: 'button', 'data-choice': choice.name + '-' + index });
    button.textContent = letters[index];
    button.addEventListener('click', () => { ballot[choice.name] = index; paintBallot(); });
    choice.buttons.push(button);
  }
}

function seenOf(clip) {
  const ranges = clip.video.played;
  let sum = 0;
  for (let i = 0; i < ranges.length; i += 1) sum += ranges.end(i) - ranges.start(i);
  return Math.min(sum, length(clip));
}

const seenShare = (clip) => seenOf(clip) / (length(clip) * SEEN_SHARE);
const isSeen = (clip) => seenShare(clip) >= 1;
// In the order shown, null for a take that is not to be seen here.
const inOrder = () => Array.from(cells.keys(), (job) => clips.get(job) || null);
const unseen = () => inOrder().flatMap((clip, place) => (clip ? [] : [place]));
const canVote = () => unseen().length === 0 || (ballot.data.kind !== 'pair' && cells.size - unseen().length > 1);

function showBallot(value) {
  const data = value.ballot || null;
  if (!data || !ballot.data || data.token !== ballot.data.token || value.blind !== ballot.blind) {
    Object.assign(ballot, { cast: false, best: null, worst: null, looked: 0, at: performance.now() });
  }
  Object.assign(ballot, { data, blind: Boolean(value.blind) });
  ballotBox.hidden = !data;
  if (!data) return;
  for (const choice of Object.values(choices)) fillChoice(choice, value.cells.length);
  paintBallot();
}

function paintBallot() {
  if (!ballot.data) return;
  const all = inOrder().filter(Boolean);
  const waiting = all.filter((clip) => !isSeen(clip)).length;
  const able = canVote();
  const open = ballot.blind && !ballot.cast && able;
  const pairVote = ballot.data.kind === 'pair';
  put(ballotSaid, ballotWords(open, all.length - waiting, all.length));
  ballotButtons.hidden = !ballot.blind;
  for (const button of verdicts) { button.hidden = !pairVote || !able; button.disabled = !open || waiting > 0; }
  for (const choice of Object.values(choices)) paintChoice(choice, !pairVote && able, open && waiting === 0);
  sendButton.hidden = pairVote || !able;
  const chosen = [ballot.best, ballot.worst].filter((place) => place !== null && !unseen().includes(place));
  sendButton.disabled = !open || waiting > 0 || new Set(chosen).size < 2;
  skipButton.hidden = able;
  for (const clip of all) put(clip.cell.seen, open ? (isSeen(clip) ? 'seen' : Math.floor(seenShare(clip) * 100) + '% seen') : '');
}

function ballotWords(open, seen, total) {
  if (ballot.data.said) return ballot.data.said;
  if (ballot.cast) return 'Counting your vote …';
  if (!ballot.blind) return '';
  const lost = unseen().map((place) => 'Take ' + letters[place]).join(' and ');
  if (!open) return 'This browser cannot play ' + lost + ', so there is nothing to judge here: go on to the next ballot.';
  const without = lost ? ' (without ' + lost + ', which this browser cannot play)' : '';
  if (seen < total) return 'Play every take to its end: ' + seen + ' of ' + total + ' seen' + without;
  return 'All seen: which is better?' + without;
}

function paintChoice(choice, shown, open) {
  const lost = unseen();
  choice.group.hidden = !shown;
  choice.buttons.forEach((button, index) => {
    button.disabled = !open || lost.includes(index);
    button.setAttribute('aria-pressed', String(ballot[choice.name] === index));
  });
}

function cast(verdict) {
  if (!ballot.blind || ballot.cast) return;
  ballot.cast = true;
  paintBallot();
  trigger('vote', {
    token: ballot.data.token, verdict, looked_s: Math.round(ballot.looked) / 1000,
    watched: inOrder().map((clip) => (clip ? Math.round(seenOf(clip) * 1000) / 1000 : null)),
    layout: { width: window.innerWidth, height: window.innerHeight, columns: columns(cells.size), mode: pair.on ? pair.mode : 'grid' },
  });
  setTimeout(() => { ballot.cast = false; paintBallot(); }, REST_MS); // refused: the reason is said, and it may be cast again
}

// Only while it is in sight.
function lookAtBallot() {
  const now = performance.now();
  if (ballot.blind && document.visibilityState === 'visible' && inView()) ballot.looked += now - ballot.at;
  ballot.at = now;
}
