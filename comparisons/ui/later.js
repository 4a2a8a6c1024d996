/** Waits until the server says that the rest of an answer is available (a price, an image that is read); then asks again. */
takes.later = (() => {
  const MISSED_MS = 5000; // after a failed wait, the time until the page asks again

  class Later {
    constructor() {
      /** @type {AbortController | null} */
      this.waiting = null;
    }

    /**
     * Waits until the server answers at this URL, then calls `ask`. It ends an earlier wait; without a URL nothing is waited for.
     *
     * @param {string | null | undefined} url
     * @param {() => void} ask
     */
    async waitFor(url, ask) {
      if (this.waiting) this.waiting.abort();
      this.waiting = null;
      if (!url) return;
      const mine = new AbortController();
      this.waiting = mine;
      const reply = await fetch(url, { signal: mine.signal, cache: 'no-store' }).catch(() => null);
      if (this.waiting !== mine) return;
      this.waiting = null;
      if (reply && reply.ok) ask();
      else setTimeout(() => { if (!this.waiting) ask(); }, MISSED_MS);
    }
  }

  return { Later };
})();
