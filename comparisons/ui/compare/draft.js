/**
 * What was typed and not run yet, kept in this tab of the browser until it is run: a reload must not lose it. It belongs to the
 * run that the page shows, since the form of another run is filled from that run.
 */
takes.draft = (() => {
  const { recall, remember } = takes.memory;
  const { fieldIn } = takes.sections;

  const KEPT = 'takes-draft';
  /** @type {Record<string, string>} */
  const SECTIONS = { prompt: '', 'negative-prompt': 'more-options' }; // each field's id and section; keys are never kept
  const FIELDS = Object.keys(SECTIONS);
  const DRAWN_MS = 500; // Gradio may empty a field that it has just drawn

  /**
   * What to keep: the texts that differ from those that the form held by itself; null if none does.
   *
   * @param {string} run
   * @param {Record<string, string>} held
   * @param {Record<string, string>} now
   */
  function draftOf(run, held, now) {
    const texts = Object.fromEntries(Object.entries(now).filter(([name, text]) => text !== held[name]));
    return Object.keys(texts).length ? { run, texts } : null;
  }

  /**
   * The texts of a draft that belong to this run.
   *
   * @param {unknown} kept
   * @param {string} run
   * @returns {[string, string][]}
   */
  function textsFor(kept, run) {
    const draft = /** @type {{ run?: unknown, texts?: Record<string, unknown> } | null} */ (kept);
    if (!draft || draft.run !== run || typeof draft.texts !== 'object' || !draft.texts) return [];
    const texts = Object.entries(draft.texts).filter(([name, text]) => FIELDS.includes(name) && typeof text === 'string');
    return /** @type {[string, string][]} */ (texts);
  }

  /** The id of the run that the page's address names; empty if it names none. */
  function runHere() {
    const asked = new URL(window.location.href).searchParams;
    return asked.get('run') || asked.get('like') || '';
  }

  class Draft {
    /** @param {HTMLElement} desk */
    constructor(desk) {
      this.desk = desk;
      /** @type {Record<string, string>} */
      this.held = {};
      this.pressed = false; // whether Run was pressed, so that the next run is that of this text
      desk.addEventListener('takes-picked', () => this.begin(), { once: true }); // by then the server has filled the form
      desk.addEventListener('click', ({ target }) => { if (target instanceof Element && target.closest('#run')) this.pressed = true; });
      desk.addEventListener('takes-run', () => this.ran());
    }

    /** @param {string} name */
    field(name) {
      /** @type {HTMLTextAreaElement | HTMLInputElement | null} */
      const field = this.desk.querySelector('#' + name + ' :is(textarea, input)');
      return field;
    }

    /** The texts of the fields; of one that is not drawn, the text that it held. */
    texts() {
      return Object.fromEntries(FIELDS.map((name) => [name, (this.field(name) || { value: this.held[name] || '' }).value]));
    }

    /** Fills in what was typed before a reload; then keeps what is typed. */
    async begin() {
      this.held = this.texts();
      for (const [name, text] of textsFor(recall('tab', KEPT), runHere())) await this.write(name, text);
      this.desk.addEventListener('input', () => this.keep());
    }

    /**
     * @param {string} name
     * @param {string} text
     */
    async write(name, text) {
      if (SECTIONS[name]) await fieldIn(SECTIONS[name], '#' + name + ' :is(textarea, input)');
      this.put(name, text);
      if (!SECTIONS[name]) return;
      await new Promise((done) => { setTimeout(done, DRAWN_MS); });
      this.put(name, text);
    }

    /**
     * @param {string} name
     * @param {string} text
     */
    put(name, text) {
      const field = this.field(name);
      if (!field || field.value === text) return;
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }

    keep() {
      remember('tab', KEPT, draftOf(runHere(), this.held, this.texts()));
    }

    /** A run is shown: if Run was pressed, it has the text now. */
    ran() {
      if (!this.pressed) return;
      this.pressed = false;
      this.held = this.texts();
      remember('tab', KEPT, null);
    }
  }

  return { Draft, draftOf, textsFor };
})();
