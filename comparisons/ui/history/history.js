/**
 * The buttons within the rows of History. The rows come and go with the component's value, so the container listens for
 * them. Whoever works by keyboard stays where they were when a row is written anew.
 */
takes.history = (() => {
  const ACTS = ['ask', 'keep', 'delete', 'fetch'];

  /**
   * The button that takes the place of one that was pressed.
   *
   * @param {string} act
   */
  const nextOf = (act) => (act === 'ask' ? 'keep' : act === 'fetch' ? 'fetch' : 'ask');

  /**
   * The browser's own field for dates can be used by keyboard and by touch, and knows the calendar. It must be there before
   * anything is typed, and may come after this.
   */
  function dates() {
    /** @type {NodeListOf<HTMLInputElement>} */
    const inputs = document.querySelectorAll('#history-first input, #history-last input');
    for (const input of inputs) input.type = 'date';
  }

  class History {
    /** @param {Component} component */
    constructor({ element, trigger, watch }) {
      this.element = element;
      this.trigger = trigger;
      /** @type {{ act: string, run: string } | null} */
      this.last = null;
      element.addEventListener('click', (event) => this.click(event));
      element.addEventListener('keydown', (event) => {
        const keep = event.key === 'Escape' && this.buttons('[data-act=keep]')[0];
        if (keep) keep.click();
      });
      document.addEventListener('focusin', (event) => this.focus(event));
      watch('value', () => this.written());
      dates();
    }

    /** @param {string} which */
    buttons(which) {
      /** @type {NodeListOf<HTMLButtonElement>} */
      const found = this.element.querySelectorAll('button' + which);
      return Array.from(found);
    }

    /** @param {MouseEvent} event */
    click({ target }) {
      const button = target instanceof Element && target.closest('button[data-act]');
      if (!(button instanceof HTMLButtonElement) || button.disabled) return;
      const { act = '', run = '' } = button.dataset;
      if (!ACTS.includes(act)) return;
      if (act === 'delete') button.disabled = true;
      this.last = { act, run };
      this.trigger(act, { run });
    }

    /**
     * An act that was refused changes no row: what is typed elsewhere meanwhile must not lose the focus to it.
     *
     * @param {FocusEvent} event
     */
    focus({ target }) {
      if (target instanceof Node && this.element.contains(target)) return;
      this.last = null;
      for (const button of this.buttons('[data-act=delete]:disabled')) button.disabled = false;
    }

    /** The rows were written anew. */
    written() {
      dates();
      document.dispatchEvent(new CustomEvent('takes-rows'));
      if (!this.last) return;
      const { act, run } = this.last;
      this.last = null;
      const buttons = this.buttons('[data-act]');
      const next = buttons.find((button) => button.dataset.act === nextOf(act) && button.dataset.run === run);
      (next || buttons[0] || this.element.querySelector('a') || document.body).focus();
    }
  }

  /** @param {Component} component */
  const open = (component) => new History(component);

  return { nextOf, open };
})();
