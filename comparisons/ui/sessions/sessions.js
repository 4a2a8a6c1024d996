/**
 * The list of sessions, and the chosen one. A stream of its own fills the component's containers while the tab is open, with
 * HTML in which the server has escaped all text that people wrote.
 */
takes.sessions = (() => {
  const { find, make } = takes.dom;
  const { morph } = takes.morph;
  const { Stream } = takes.stream;

  const HELD_MS = 5000;
  /** @type {[keyof Told, string][]} */
  const PARTS = [['rows', 'sessions'], ['head', 'session'], ['figures', 'session-figures'], ['runs', 'session-runs']];

  /**
   * The page's URL with this session, which it has while the tab is open, so that a reload or a link leads to it again. Null if
   * the URL names this session already.
   *
   * @param {string} href
   * @param {string} session
   */
  function addressOf(href, session) {
    const url = new URL(href);
    if ((url.searchParams.get('session') || '') === session) return null;
    url.searchParams.delete('session');
    if (session) {
      for (const name of ['vote', 'like']) url.searchParams.delete(name); // these would open another tab
      url.searchParams.set('session', session);
    }
    return url.href;
  }

  /** @param {string} session */
  function address(session) {
    const url = addressOf(window.location.href, session);
    if (url) window.history.replaceState(window.history.state, '', url);
  }

  /**
   * Scrolls an element into the upper half of the window; and again while the page above it still grows, as one that was just
   * opened does, until the person does something.
   *
   * @param {HTMLElement} node
   */
  function hold(node) {
    const growing = new ResizeObserver(() => {
      const { top } = node.getBoundingClientRect();
      if (top < 0 || top > window.innerHeight / 2) node.scrollIntoView({ block: 'start' });
    });
    const stop = () => growing.disconnect();
    for (const act of ['wheel', 'touchstart', 'pointerdown', 'keydown']) window.addEventListener(act, stop, { once: true });
    setTimeout(stop, HELD_MS);
    growing.observe(document.body); // which also calls it at once
  }

  /**
   * Whether the browser itself handles a click on a link, such as one that opens another browser tab.
   *
   * @param {MouseEvent} event
   */
  const isOwn = (event) => event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;

  class Sessions {
    /** @param {Component} component */
    constructor({ element, trigger }) {
      this.element = element;
      this.trigger = trigger;
      this.chosen = '';
      this.words = ''; // the answer to the last press of a button
      this.hold = ''; // why the session does not go on just now
      this.arrived = false;
      /** @type {InstanceType<typeof Stream> | null} */
      this.stream = null;
      this.heard = find(this.at('session-told'), 'p'); // only for screen readers
      this.acts = { stop: this.act('session-stop', 'stop'), goOn: this.act('session-go-on', 'go_on'), again: this.act('session-again', 'again') };
      element.addEventListener('click', (event) => this.click(event));
      document.addEventListener('click', ({ target }) => {
        const tab = target instanceof Element && target.closest('[role=tab]');
        if (tab) address((tab.textContent || '').trim() === 'Sessions' && this.arrived ? this.chosen : '');
      });
    }

    /** @param {string} id */
    at(id) {
      return find(this.element, '#' + id);
    }

    /**
     * @param {string} id
     * @param {string} event
     */
    act(id, event) {
      const button = this.at(id);
      button.addEventListener('click', () => this.trigger(event, { session: this.chosen }));
      return button;
    }

    /** @param {MouseEvent} event */
    click(event) {
      const row = event.target instanceof Element && event.target.closest('a[data-session]');
      if (!row || isOwn(event)) return;
      event.preventDefault();
      this.choose(row.getAttribute('data-session') || '', '');
    }

    /** @param {Told} told */
    hear(told) {
      const { stop, goOn, again } = this.acts;
      for (const [part, id] of PARTS) {
        const html = told[part];
        if (typeof html === 'string') morph(this.at(id), html);
      }
      if (told.told !== undefined && this.heard.textContent !== told.told) this.heard.textContent = told.told;
      if (told.can_stop !== undefined) stop.hidden = !told.can_stop;
      if (told.can_go_on !== undefined) goOn.hidden = !told.can_go_on;
      if (told.head !== undefined) again.hidden = !told.head;
      if (told.hold !== undefined) this.hold = told.hold;
      if (told.said !== undefined) this.words = told.said;
      if (told.head) this.arrive();
      this.say();
    }

    say() {
      const words = this.words || this.hold;
      const note = this.at('session-said');
      if (note.textContent === words) return;
      note.replaceChildren();
      if (words) make('p', '', note, { role: 'status' }).textContent = words;
    }

    /**
     * Shows a session, or none if its id is empty.
     *
     * @param {string} session
     * @param {string} words shown beside it, instead of those of the last press
     */
    choose(session, words) {
      this.words = words;
      if (session !== this.chosen || !this.stream) {
        Object.assign(this, { chosen: session, hold: '', arrived: false });
        this.watch();
      }
      this.say();
    }

    watch() {
      if (this.stream) this.stream.end();
      const url = 'takes/watch/sessions?chosen=' + encodeURIComponent(this.chosen);
      this.stream = new Stream(this.element, url, (told) => this.hear(/** @type {Told} */ (told)), (sentence) => {
        if (this.chosen) this.choose('', sentence);
        else { this.words = sentence; this.say(); }
      });
    }

    arrive() {
      if (this.arrived) return;
      this.arrived = true;
      address(this.chosen);
      hold(this.at('session'));
    }

    /** @param {unknown} told */
    hearPage(told) {
      const value = /** @type {{ chosen?: unknown, words?: string } | null} */ (told) || {};
      this.choose(typeof value.chosen === 'string' ? value.chosen : this.chosen, value.words || '');
    }
  }

  /** @param {Component} component */
  function open(component) {
    const sessions = new Sessions(component);
    sessions.hearPage(component.props.value);
    component.watch('value', () => sessions.hearPage(component.props.value));
  }

  return { addressOf, open };
})();
