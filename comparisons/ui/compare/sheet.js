/**
 * On a phone the variants to choose from are a sheet over the page. It is a step of the browser's history, so that Back closes it
 * and does not leave the page. Done, which only a phone shows, and Escape close it too.
 */
takes.sheet = (() => {
  const { wordButton } = takes.elements;

  const NARROW = '(max-width: 899px)'; // as in desk.css
  const MARK = 'takesSheet'; // in the state of the history's step

  const isNarrow = () => window.matchMedia(NARROW).matches;

  /**
   * Whether a step of the history is that of the sheet.
   *
   * @param {unknown} state
   */
  const isStep = (state) => typeof state === 'object' && state !== null && MARK in state;

  class Sheet {
    /**
     * @param {HTMLElement} parent of the button Done
     * @param {(open: boolean) => void} turn opens and closes it
     */
    constructor(parent, turn) {
      this.open = false;
      this.leaving = false; // whether the step back was asked for by the page itself
      this.address = '';
      this.done = wordButton(parent, 'ts-done', {}, 'Done', () => turn(false));
      window.matchMedia(NARROW).addEventListener('change', () => this.tell(this.open)); // a window made narrow, a phone that is turned
      window.addEventListener('popstate', ({ state }) => {
        if (!isStep(state)) window.history.scrollRestoration = 'auto';
        if (this.leaving) this.left();
        else if (isNarrow()) turn(isStep(state));
      });
    }

    /** @param {boolean} open whether the variants are shown now */
    tell(open) {
      this.open = open;
      if (open && isNarrow()) this.enter();
      else if (!open && isStep(window.history.state)) this.leave();
    }

    enter() {
      if (isStep(window.history.state)) return;
      try {
        window.history.scrollRestoration = 'manual'; // the step back must not scroll away from the takes
        window.history.pushState({ ...window.history.state, [MARK]: true }, '');
      } catch (error) {
        // a sandboxed frame may refuse; then Back does what it does elsewhere
      }
    }

    /** Goes back a step of the history, and keeps the address, which a run that closed the sheet is just about to change. */
    leave() {
      if (this.leaving) return;
      this.leaving = true;
      setTimeout(() => {
        this.address = window.location.href;
        window.history.back();
      });
    }

    left() {
      this.leaving = false;
      window.history.replaceState(window.history.state, '', this.address);
    }
  }

  /** Whether the page is opened where the sheet was open before: after a reload. */
  const wasOpen = () => isNarrow() && isStep(window.history.state);

  return { Sheet, isNarrow, wasOpen };
})();
