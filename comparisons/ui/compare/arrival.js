/**
 * What happens when all takes of a run have arrived. If the person chose so, they play, without sound, or the browser shows a
 * notification. If the page is in the background, its title says so in any case.
 */
takes.arrival = (() => {
  const { make } = takes.dom;
  const { recall, remember } = takes.memory;

  const KEPT = { play: 'takes-play-on-arrival', tell: 'takes-tell-on-arrival' };

  /**
   * The page's title while a finished run has not been looked at.
   *
   * @param {string} title
   * @param {string} words
   */
  const titleWith = (title, words) => '✓ ' + words + ' · ' + title;

  class Arrival {
    /**
     * @param {HTMLElement} side where its switches go
     * @param {HTMLElement} desk
     */
    constructor(side, desk) {
      this.title = document.title;
      this.play = this.toggle(side, 'play', 'Play on arrival', 'Takes play, without sound, once all are in');
      this.tell = this.toggle(side, 'tell', 'Tell me', 'The browser tells you once all are in');
      this.tell.addEventListener('click', () => this.ask());
      desk.addEventListener('takes-done', (event) => this.arrived(/** @type {CustomEvent<Arrived>} */ (event).detail));
      document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') document.title = this.title; });
    }

    /**
     * @param {Element} side
     * @param {'play' | 'tell'} what
     * @param {string} words
     * @param {string} title
     */
    toggle(side, what, words, title) {
      const button = make('button', 'ts-button', side, { type: 'button', 'data-arrival': what, title, 'aria-pressed': String(recall('browser', KEPT[what]) === true) });
      button.textContent = words;
      button.addEventListener('click', () => {
        const to = button.getAttribute('aria-pressed') !== 'true';
        button.setAttribute('aria-pressed', String(to));
        remember('browser', KEPT[what], to);
      });
      return button;
    }

    /** Asks the browser for permission to notify; if it is denied, the switch goes back to off. */
    async ask() {
      if (this.tell.getAttribute('aria-pressed') !== 'true') return;
      const may = 'Notification' in window ? await Notification.requestPermission() : 'denied';
      if (may === 'granted') return;
      this.tell.setAttribute('aria-pressed', 'false');
      this.tell.title = 'This browser does not let the page tell you anything';
      remember('browser', KEPT.tell, false);
    }

    /** @param {Arrived} told */
    arrived({ words, play }) {
      if (this.play.getAttribute('aria-pressed') === 'true') play();
      if (document.visibilityState === 'visible') return;
      document.title = titleWith(this.title, words);
      if (this.tell.getAttribute('aria-pressed') === 'true') new Notification('Takes', { body: words });
    }
  }

  return { Arrival, titleWith };
})();
