/**
 * The elements of a take: its picture with what is written on it, the line below, and what else is known. What is written on a
 * picture stands in three rows of one grid, so that nothing is ever over another thing, however small the picture is.
 */
takes.tile = (() => {
  const { captionIn } = takes.caption;
  const { make } = takes.dom;
  const { askingButton, wordButton } = takes.elements;

  const SANDBOX = { title: 'Made by the built-in sandbox: not a measurement' };

  /** @param {Element} node */
  function stageOf(node) {
    const stage = make('div', 'tg-stage', node);
    const over = make('div', 'tg-over', stage);
    const top = make('div', 'tg-over-row', over);
    const middle = make('div', 'tg-middle', over);
    const foot = make('div', 'tg-over-row', over);
    return {
      stage, over, ...waitOf(middle), ...faultOf(middle),
      number: make('span', 'tg-number', top),
      copied: make('span', 'tg-number tg-copied', top, { hidden: '' }),
      givenNote: make('span', 'tg-held tg-given-note', top),
      seen: make('span', 'tg-held tg-seen', top),
      acts: make('div', 'tg-acts', top),
      held: make('span', 'tg-held', foot),
      sandbox: make('span', 'tg-sandbox', foot, SANDBOX),
    };
  }

  /** @param {Element} middle */
  function waitOf(middle) {
    const wait = make('div', 'tg-wait', middle);
    const words = make('p', 'tg-words', wait);
    const clock = make('p', 'tg-clock', wait, { role: 'timer' });
    const hintLine = make('p', 'tg-hint', wait);
    const trouble = make('p', 'tg-hint tg-trouble', wait);
    const track = make('div', 'tg-track', wait);
    return { wait, words, clock, hintLine, trouble, track, fill: make('span', 'tg-fill', track) };
  }

  /** @param {Element} middle */
  function faultOf(middle) {
    const fault = make('div', 'tg-fault', middle);
    const faultName = make('p', 'tg-fault-name', fault);
    const faultWords = make('p', 'tg-fault-words', fault);
    const download = make('a', 'tg-act tg-download', fault, { 'data-act': 'download', download: '', hidden: '' });
    return { fault, faultName, faultWords, download };
  }

  /**
   * The line below each picture: who it is, time and cost.
   *
   * @param {Room} room
   * @param {Element} node
   * @param {string} job
   */
  function lineOf(room, node, job) {
    const line = make('div', 'tg-line', node);
    const caption = captionIn(make('h3', 'tg-who', line));
    const figures = make('div', 'tg-figures', line);
    const time = make('p', 'tg-time', figures);
    const total = make('span', 'tg-total', time);
    const plusminus = make('span', 'tg-plusminus', time, { title: 'Half the gap between the last two polls' });
    const amount = make('span', 'tg-amount', make('p', 'tg-cost', figures));
    const open = make('button', 'tg-open', line, { type: 'button', 'data-act': 'facts', 'aria-expanded': 'false', title: 'What else is known (D for all)' });
    open.addEventListener('click', () => room.grid.open(room.grid.opened === job ? null : job));
    return { line, caption, total, plusminus, amount, open, badges: make('ul', 'tg-badges', node, { 'aria-label': 'Notes' }) };
  }

  /** @param {Element} meta */
  function knownOf(meta) {
    return {
      bar: make('div', 'tg-phases', meta, { 'aria-hidden': 'true' }),
      phaseList: make('ul', 'tg-phase-list', meta, { 'aria-label': 'Where the time went' }),
      facts: make('dl', 'tg-facts', meta),
    };
  }

  /**
   * The buttons on a take's picture that ask the server for something: cancel, fetch, again.
   *
   * @param {Room} room
   * @param {Element} acts
   * @param {string} job
   */
  function askingOf(room, acts, job) {
    /** @param {string} act */
    const asking = (act) => askingButton(room, acts, act, () => room.trigger(act, { job }));
    const settle = wordButton(acts, 'tg-act', { 'data-act': 'settle' }, 'Settle it', () => document.dispatchEvent(new CustomEvent('takes-settle')));
    return { cancel: asking('cancel'), fetch: asking('fetch'), again: asking('again'), settle };
  }

  return { askingOf, knownOf, lineOf, stageOf };
})();
