/**
 * Whether the server answers. While it does not, the page says so and keeps trying; the clocks of takes stand still meanwhile
 * (`room.js`).
 */
takes.here = (() => {
  const { make } = takes.dom;

  const EVERY_MS = 3000;
  const GONE_EVERY_MS = 1000;
  const PATIENCE_MS = 10000; // a busy server may take its time
  const GONE = 'Takes has stopped answering. What was sent goes on at the providers and is picked up again; this page goes on by itself once Takes is back.';

  /**
   * Whether a reply is the server's own, and not from a proxy that cannot reach it. Null means no reply.
   *
   * @param {{ status: number } | null} reply
   */
  const isHere = (reply) => reply !== null && ![502, 503, 504].includes(reply.status);

  class Here {
    constructor() {
      this.banner = make('p', 'takes-gone', document.body, { role: 'alert', hidden: '' });
      this.next = 0;
      this.looking = false;
      const look = () => this.look();
      for (const event of ['takes-lost', 'visibilitychange']) document.addEventListener(event, look);
      for (const event of ['offline', 'online']) window.addEventListener(event, look);
      this.later(EVERY_MS);
    }

    /** @param {number} wait in milliseconds */
    later(wait) {
      window.clearTimeout(this.next);
      this.next = window.setTimeout(() => this.look(), wait);
    }

    async look() {
      if (this.looking || document.visibilityState !== 'visible') return; // `visibilitychange` looks again when the page is shown
      this.looking = true;
      const url = new URL('takes/me', document.baseURI);
      const reply = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
      this.looking = false;
      this.show(isHere(reply));
    }

    /** @param {boolean} here */
    show(here) {
      if (this.banner.hidden !== here) {
        this.banner.hidden = here;
        this.banner.textContent = here ? '' : GONE;
      }
      this.later(here ? EVERY_MS : GONE_EVERY_MS);
    }
  }

  const open = () => new Here();

  return { isHere, open };
})();
