/** What is shown above the takes of a run, and in their place while there are none. */
takes.head = (() => {
  const { make, put } = takes.dom;
  const { askingButton, keep, linkTo, wordButton } = takes.elements;
  const { marking, paintMarks } = takes.marks;
  const { copyTo, linkOf } = takes.tools;

  const LONG_PROMPT = 70;
  const SLATES = 6;

  /**
   * In words: how many takes have a clip, how many ended without one, and how many nobody asks the provider about any more.
   *
   * @param {Pick<CellValue, 'clip' | 'waiting' | 'unwatched'>[]} cells
   */
  function tallyOf(cells) {
    const arrived = cells.filter((data) => data.clip).length;
    const unwatched = cells.filter((data) => !data.clip && data.unwatched).length;
    const without = cells.filter((data) => !data.clip && !data.waiting).length - unwatched;
    return arrived + ' of ' + cells.length + ' delivered' + (without ? ', ' + without + ' without a clip' : '')
      + (unwatched ? ', ' + unwatched + ' not watched' : '');
  }

  /**
   * A link that may only come when takes are over; until then it keeps its place, so that nothing moves when it comes.
   *
   * @param {HTMLAnchorElement} link
   * @param {string | null | undefined} url
   * @param {string} words
   * @param {boolean} coming
   */
  function linkLater(link, url, words, coming) {
    linkTo(link, url, words);
    link.toggleAttribute('aria-disabled', false);
    link.title = '';
    if (url || !coming) return;
    put(link, words);
    link.removeAttribute('href');
    link.setAttribute('aria-disabled', 'true');
    link.title = 'When the takes are in';
  }

  /** @param {HTMLElement} root */
  function emptyOf(root) {
    const empty = make('div', 'tg-empty', root);
    const words = make('div', 'tg-empty-words', empty);
    make('p', 'tg-empty-line', words).textContent = root.dataset.line || '';
    make('p', 'tg-empty-more', words).textContent = root.dataset.more || '';
    const slates = make('div', 'tg-slates', empty, { 'aria-hidden': 'true' });
    for (let take = 1; take <= SLATES; take += 1) make('span', 'tg-slate', slates).textContent = String(take);
    return empty;
  }

  class Head {
    /** @param {Room} room */
    constructor(room) {
      this.box = make('header', 'tg-head', room.root);
      const text = make('div', 'tg-head-text', this.box);
      this.prompt = make('p', 'tg-prompt', text);
      this.more = wordButton(text, 'tg-more', { 'aria-expanded': 'false' }, 'Whole prompt', () => this.unfold());
      this.title = make('p', 'tg-title', text);
      this.differs = make('p', 'tg-differs', text);
      const side = make('div', 'tg-head-side', this.box);
      this.tally = make('span', 'tg-tally', side);
      room.arrange.buildIn(side);
      this.sandbox = make('span', 'tg-sandbox', side, { title: 'Made by the built-in sandbox: not a measurement' });
      this.judge = make('a', 'tg-act', side, { 'data-act': 'judge' });
      this.takeAway = make('a', 'tg-act', side, { 'data-act': 'export', download: '' });
      this.copy = wordButton(side, 'tg-act', { 'data-act': 'copy', 'aria-expanded': 'false' }, 'Copy', () => this.unfoldCopies());
      this.copies = make('div', 'tg-copies', this.box, { hidden: '' });
      this.notes = wordButton(side, 'tg-act', { 'data-act': 'notes', 'aria-expanded': 'false' }, 'Note', () => this.unfoldNotes());
      this.marks = marking(side, this.box, 'run', (mark) => room.trigger('mark', { run: room.shown, job: '', ...mark }));
      this.goOn = askingButton(room, side, 'go_on', () => room.trigger('go_on', { run: room.shown }));
      this.add = askingButton(room, side, 'add', () => room.trigger('more', { run: room.shown }));
      this.add.title = 'A take of each variant that is picked under Choose and not here yet, of the same request';
      this.empty = emptyOf(room.root);
    }

    unfold() {
      const open = this.prompt.classList.toggle('tg-whole');
      this.more.setAttribute('aria-expanded', String(open));
      this.more.textContent = open ? 'Less' : 'Whole prompt';
    }

    unfoldCopies() {
      this.copies.hidden = !this.copies.hidden;
      this.copy.setAttribute('aria-expanded', String(!this.copies.hidden));
    }

    /**
     * A button for each text that asks for the run again elsewhere, and for the link that shows it.
     *
     * @param {RunValue} value
     */
    paintCopies({ link, copies = {} }) {
      const texts = link ? { Link: linkOf(link), ...copies } : copies;
      this.copy.hidden = !link;
      keep(this.copies, Object.keys(texts).length, 'button', 'tg-act').forEach((button, index) => {
        const [name, text] = Object.entries(texts)[index];
        if (!button.dataset.copied) put(button, name);
        button.type = 'button';
        button.onclick = () => copyTo(button, text);
      });
    }

    unfoldNotes() {
      const { fields, note } = this.marks;
      fields.hidden = !fields.hidden;
      this.notes.setAttribute('aria-expanded', String(!fields.hidden));
      if (!fields.hidden) note.focus();
    }

    /** @param {boolean} some whether there is a run */
    reveal(some) {
      this.empty.hidden = some;
      this.box.hidden = !some;
    }

    /** @param {RunValue} value */
    update(value) {
      put(this.prompt, value.prompt);
      put(this.title, value.title);
      put(this.differs, value.differs.length ? 'Not asked alike: ' + value.differs.join(' · ') : '');
      put(this.tally, tallyOf(value.cells));
      put(this.sandbox, value.simulated ? 'Sandbox' : '');
      put(this.add, value.can_add ? 'Add what is picked' : '');
      put(this.goOn, value.can_go_on ? 'Go on with what is unfinished' : '');
      this.tally.hidden = Boolean(value.ballot);
      const coming = Boolean(value.watch_url);
      linkLater(this.judge, value.judge_url, 'Judge blind', coming && value.cells.length > 1);
      linkLater(this.takeAway, value.export_url, 'Download all', coming);
      this.paintCopies(value);
      this.notes.hidden = !value.mark;
      paintMarks(this.marks, value.mark);
      this.more.hidden = !value.prompt || value.prompt.length < LONG_PROMPT;
    }
  }

  return { Head, tallyOf };
})();
