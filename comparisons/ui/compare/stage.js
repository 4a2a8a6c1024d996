/**
 * The stage of the Compare tab: it shows either the variants to choose from or the takes of a run, with buttons to switch. Beside
 * it is the form, where Ctrl+Enter or Cmd+Enter presses Run.
 */
takes.stage = (() => {
  const { Arrival } = takes.arrival;
  const { find, make, put } = takes.dom;
  const { Draft } = takes.draft;
  const { watch: watchPasting } = takes.pasting;
  const { Sheet, isNarrow, wasOpen } = takes.sheet;

  const KEY = 'e';
  const INTRO = 'Video models side by side: choose, press Run, compare in one player.';

  class Stage {
    /** @param {Component} component */
    constructor({ element }) {
      this.root = find(element, '.takes-stage');
      this.desk = /** @type {HTMLElement} */ (element.closest('.takes-desk'));
      const side = make('div', 'ts-switch', this.root, { role: 'group', 'aria-label': 'Stage' });
      this.choosing = this.button(side, 'choosing', 'Choose (E)');
      this.looking = this.button(side, 'looking', 'Takes (E)');
      put(this.choosing, 'Choose');
      put(this.looking, 'Takes');
      this.sheet = new Sheet(this.root, (open) => this.turn(open));
      this.arrival = new Arrival(make('div', 'ts-arrival', this.root, { role: 'group', 'aria-label': 'When all takes are in' }), this.desk);
      this.intro = make('p', 'ts-intro', this.root);
      put(this.intro, INTRO);
      this.desk.addEventListener('takes-picked', (event) => this.tellPicked(/** @type {CustomEvent<number>} */ (event).detail));
      this.desk.addEventListener('takes-run', () => this.arrive());
      this.root.addEventListener('focus', () => this.handOn());
      this.desk.addEventListener('keydown', (event) => this.press(event));
      document.addEventListener('keydown', (event) => { if (event.target === document.body && this.desk.offsetParent) this.press(event); });
      watchPasting(this.desk);
      this.draft = new Draft(this.desk);
      this.desk.addEventListener('focusin', () => this.joinModes());
      this.show(isNarrow() && !wasOpen() ? 'looking' : 'choosing'); // on a phone the variants cover the page
    }

    /**
     * @param {HTMLElement} side
     * @param {string} which
     * @param {string} title
     */
    button(side, which, title) {
      const button = make('button', 'ts-button', side, { type: 'button', 'data-stage': which, title });
      button.addEventListener('click', () => this.turn(which === 'choosing'));
      return button;
    }

    /**
     * Shows the variants, or the takes. On a phone the focus goes to the button that leads back.
     *
     * @param {boolean} open
     */
    turn(open) {
      this.show(open ? 'choosing' : 'looking');
      if (isNarrow()) (open ? this.sheet.done : this.choosing).focus({ preventScroll: true });
    }

    /** @param {string} which */
    show(which) {
      this.desk.dataset.stage = which;
      for (const button of [this.choosing, this.looking]) button.setAttribute('aria-pressed', String(button.dataset.stage === which));
      this.intro.hidden = which !== 'choosing';
      this.sheet.tell(which === 'choosing');
      this.desk.dispatchEvent(new CustomEvent('takes-stage', { detail: which }));
    }

    /** Makes the radio buttons of the mode one stop for Tab, by one name. Gradio may draw them after this script starts. */
    joinModes() {
      /** @type {NodeListOf<HTMLInputElement>} */
      const modes = this.desk.querySelectorAll('#mode input');
      for (const mode of modes) mode.name = 'mode';
    }

    /** A new run is shown: switches to its takes. */
    arrive() {
      this.show('looking');
      const { activeElement } = document;
      if (activeElement === document.body || activeElement === this.root) this.handOn();
    }

    /** Moves the focus from the stage to the takes, if these are shown. */
    handOn() {
      const takesOfRun = this.desk.querySelector('.takes-grid');
      if (this.desk.dataset.stage === 'looking' && takesOfRun instanceof HTMLElement) takesOfRun.focus({ preventScroll: true });
    }

    /** @param {number} count */
    tellPicked(count) {
      put(this.choosing, count ? 'Choose · ' + count + ' picked' : 'Choose');
    }

    /** @param {KeyboardEvent} event */
    press(event) {
      const { key, target } = event;
      if (key === 'Escape' && isNarrow() && this.desk.dataset.stage === 'choosing' && !event.defaultPrevented) this.turn(false);
      else if (key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        const run = document.querySelector('#run');
        if (run instanceof HTMLButtonElement && !run.disabled) run.click();
        event.preventDefault();
      } else if (key.toLowerCase() === KEY && !isTyping(event)) {
        this.show(this.desk.dataset.stage === 'looking' ? 'choosing' : 'looking');
        if (target instanceof HTMLElement && !target.offsetParent) this.root.focus({ preventScroll: true });
        event.preventDefault();
      }
    }
  }

  /**
   * Whether a key is typed into a field, or belongs to a command of the browser.
   *
   * @param {KeyboardEvent} event
   */
  function isTyping({ target, ctrlKey, metaKey, altKey }) {
    if (ctrlKey || metaKey || altKey) return true;
    if (!(target instanceof HTMLElement)) return false;
    const types = target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button'].includes(target.type);
    return types || target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName);
  }

  /** @param {Component} component */
  function open(component) {
    return new Stage(component);
  }

  return { open };
})();
