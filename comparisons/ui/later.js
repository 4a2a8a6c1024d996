/** The server tells when the rest of an answer has come: a price, or an image that is read. What asks is then asked anew. */
takes.later = (() => {
  const MISSED_MS = 5000; // until it is asked anew where the server did not tell

  class Later {
    constructor() {
      /** @type {AbortController | null} */
      this.waiting = null;
    }

    /**
     * Waits for what comes under an address, instead of for anything else; for nothing where there is none.
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
