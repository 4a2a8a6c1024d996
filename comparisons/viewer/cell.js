/** One take of the grid: its stage and the facts about it. Cells are updated in place, matched by job id. */
takes.cell = (() => {
  const { make, put, putTitled } = takes.dom;
  const { keep, list } = takes.elements;
  const { marking, paintMarks } = takes.marks;
  const { clamp, known, seconds } = takes.numbers;
  const { askingOf, knownOf, lineOf, stageOf } = takes.tile;
  const { linksOf, paintLinks, placingOf, toolsOf } = takes.tools;

  const LEAST_S = 0.05; // shorter phases are not shown
  const HELD = 'held'; // the only phase that does not count in the total time

  /**
   * The progress of a take that is waited for, in words.
   *
   * @param {Pick<CellValue, 'queue_position' | 'progress' | 'eta_s'>} data
   * @param {number | null} age in seconds
   */
  function hint(data, age) {
    const parts = [];
    if (known(data.queue_position)) parts.push('position ' + data.queue_position + ' in the queue');
    if (known(data.progress)) parts.push(Math.round(data.progress * 100) + '%');
    if (data.eta_s) parts.push(((age || 0) > data.eta_s ? 'longer than the usual ' : 'usually ') + seconds(data.eta_s));
    return parts.join(' · ');
  }

  /**
   * The progress of a take, from 0 to 1: as its provider says, else from how long such takes usually need.
   *
   * @param {Pick<CellValue, 'progress' | 'eta_s'>} data
   * @param {number | null} age in seconds
   */
  function shareOf(data, age) {
    if (known(data.progress)) return clamp(data.progress, 0, 1);
    return age !== null && data.eta_s ? clamp(age / data.eta_s, 0, 1) : null;
  }

  /**
   * The phases that took time, in their order, each with its words. The current phase of a waiting take grows by the browser's
   * clock, since the server sends only what has changed.
   *
   * @param {Pick<CellValue, 'phases' | 'phase' | 'waiting'>} data
   * @param {number} more seconds since the server told
   */
  function phasesOf(data, more) {
    const spent = data.phases.map(([name, told]) => ({ name, spent: told + (data.waiting && name === data.phase ? more : 0) }));
    const told = spent.filter((each) => each.spent >= LEAST_S);
    const held = told.filter((each) => each.name === HELD);
    return {
      shown: told.filter((each) => each.name !== HELD).map((each) => ({ ...each, words: each.name + ' ' + seconds(each.spent) })),
      held: held.map((each) => ({ ...each, words: 'held ' + seconds(each.spent) + ', not in the total' })),
    };
  }

  /**
   * What was asked for, what was sent (if that differs), what came or why nothing did, the cost and what its provider told; each
   * with its label, in the server's words.
   *
   * @param {Pick<CellValue, 'prompt' | 'asked' | 'sent' | 'came' | 'error' | 'cost_told' | 'told'>} data
   * @returns {[string, string][]}
   */
  function factsOf({ prompt, asked, sent, came, error, cost_told: cost, told }) {
    /** @type {[string, string | null][]} */
    const rows = [['prompt', prompt], ['asked', asked], ['sent', sent === asked ? null : sent], ['came', came], ['why', error], ['cost', cost]];
    return [...rows.flatMap(([name, words]) => (words ? [/** @type {[string, string]} */ ([name, words])] : [])), ...told];
  }

  /**
   * @param {Room} room
   * @param {CellValue} data
   */
  function makeCell(room, data) {
    const { job } = data;
    const node = make('article', 'tg-cell', null, { 'data-job': job });
    const stage = stageOf(node);
    const line = lineOf(room, node, job);
    const meta = make('div', 'tg-meta', node);
    room.lens.watch(stage.stage);
    room.sight.watch(stage.stage);
    room.given.watch(stage.stage);
    return {
      job, node, data, meta, ...stage, ...line, ...knownOf(meta), ...toolsOf(room, meta, job), ...placingOf(room, meta, job),
      ...linksOf(room, meta, job), ...askingOf(room, stage.acts, job),
      marks: marking(line.line, meta, 'take', (mark) => {
        room.trigger('mark', { run: data.run, job, ...mark });
        room.arrange.note(job, mark);
      }),
      unshown: false, // whether this browser cannot play its clip
      url: /** @type {string | null} */ (null),
      video: /** @type {HTMLVideoElement | null} */ (null),
      given: /** @type {HTMLImageElement | null} */ (null),
    };
  }

  /**
   * @param {Room} room
   * @param {Cell} cell
   * @param {CellValue} data
   * @param {boolean} simulated
   */
  function updateCell(room, cell, data, simulated) {
    cell.data = data;
    cell.node.dataset.state = data.state;
    cell.node.setAttribute('aria-label', data.provider + ', ' + data.label + ': ' + data.words);
    cell.open.setAttribute('aria-label', 'What else is known of ' + data.provider + ', ' + data.label);
    put(cell.sandbox, simulated ? 'Sandbox' : '');
    room.clips.set(cell, data.clip);
    updateStage(room, cell, data);
    updateTimes(room, cell);
    put(cell.amount, data.cost_words);
    room.copies.paint(cell);
    paintLinks(cell, room.link);
    paintMarks(cell.marks, data.mark);
    cell.marks.fields.hidden = !data.mark;
    updateFacts(cell.facts, factsOf(data));
    offer(cell.cancel, data.can_cancel, 'Cancel', data);
    offer(cell.fetch, data.can_fetch, 'Fetch now', data);
    cell.settle.hidden = data.state !== 'uncertain' || !room.link;
    offer(cell.again, data.can_retry, data.retry_label || 'Take again', data);
  }

  /**
   * @param {Room} room
   * @param {Cell} cell
   * @param {CellValue} data
   */
  function updateStage(room, cell, data) {
    cell.wait.hidden = !data.waiting;
    cell.fault.hidden = data.waiting || (Boolean(data.clip) && !cell.unshown);
    cell.tools.hidden = !data.clip || cell.unshown;
    cell.solo.hidden = !(data.clip && data.clip.audio);
    putTitled(cell.words, data.words);
    putTitled(cell.trouble, data.waiting ? data.error : '');
    if (data.waiting) tickCell(room, cell);
    if (data.clip) return;
    put(cell.download, '');
    put(cell.faultName, data.ending || data.words);
    putTitled(cell.faultWords, data.error || (data.ending ? data.words : ''));
  }

  /**
   * Updates the time and progress of a take that is waited for.
   *
   * @param {Room} room
   * @param {Cell} cell
   */
  function tickCell(room, cell) {
    const { data } = cell;
    const age = known(data.since) ? room.clock.since(data.since) : null;
    put(cell.clock, age === null ? '' : room.calm.matches ? Math.floor(age) + ' s' : seconds(age));
    const share = shareOf(data, age);
    cell.track.classList.toggle('tg-none', share === null);
    if (share !== null) cell.fill.style.transform = 'scaleX(' + share.toFixed(4) + ')';
    const words = hint(data, age);
    if (cell.hintLine.textContent === words) return;
    cell.hintLine.textContent = words;
    cell.wait.title = words; // a small picture has no room for it
  }

  /**
   * @param {Room} room
   * @param {Cell} cell
   */
  function updateTimes(room, cell) {
    const { data } = cell;
    put(cell.total, known(data.total_s) ? seconds(data.total_s) : '');
    put(cell.plusminus, known(data.total_s) && known(data.uncertainty_s) ? '± ' + data.uncertainty_s.toFixed(1) : '');
    const { shown, held } = phasesOf(data, room.clock.runs ? room.clock.sinceTold() : 0);
    const told = [...shown, ...held];
    list(cell.phaseList, told.map((each) => each.words), 'tg-phase-item', told.map((each) => each.name));
    cell.bar.hidden = shown.length === 0;
    keep(cell.bar, shown.length, 'span', 'tg-phase').forEach((part, index) => {
      part.dataset.phase = shown[index].name;
      part.style.flexGrow = String(shown[index].spent);
      part.title = shown[index].words;
    });
  }

  /**
   * @param {HTMLElement} parent
   * @param {[string, string][]} rows
   */
  function updateFacts(parent, rows) {
    parent.hidden = rows.length === 0;
    keep(parent, rows.length, 'div', 'tg-fact').forEach((row, index) => {
      if (!row.children.length) row.append(make('dt'), make('dd'));
      const [name, words] = rows[index];
      put(/** @type {HTMLElement} */ (row.children[0]), name);
      put(/** @type {HTMLElement} */ (row.children[1]), words);
    });
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {boolean} can
   * @param {string} label
   * @param {CellValue} data
   */
  function offer(button, can, label, data) {
    button.hidden = !can;
    put(button, can ? label : '');
    button.setAttribute('aria-label', label + ': ' + data.provider + ', ' + data.label);
  }

  return { factsOf, hint, makeCell, phasesOf, shareOf, tickCell, updateCell, updateTimes };
})();
