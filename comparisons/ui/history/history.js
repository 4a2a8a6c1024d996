/**
 * The buttons in the rows of History. The rows are replaced with the component's value, so the container listens for their
 * events. When a row is replaced, the focus stays at the same place, for people who use the keyboard.
 */
takes.history = (() => {
  const ACTS = ['ask', 'keep', 'delete', 'fetch'];

  /**
   * The action of the button that gets the focus after one was pressed.
   *
   * @param {string} act
   */
  const nextOf = (act) => (act === 'ask' ? 'keep' : act === 'fetch' ? 'fetch' : 'ask');

  /**
   * Makes the fields for days the browser's own date fields, which have a calendar and work by keyboard and touch. Gradio may
   * draw the fields after this script starts, so this is called again.
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
     * A refused action replaces no row. Once the focus is elsewhere, a later replacement must not take it back.
     *
     * @param {FocusEvent} event
     */
    focus({ target }) {
      if (target instanceof Node && this.element.contains(target)) return;
      this.last = null;
      for (const button of this.buttons('[data-act=delete]:disabled')) button.disabled = false;
    }

    /** To be called when the rows were replaced. */
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
