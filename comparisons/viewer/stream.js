/**
 * Reads a stream of server-sent events for as long as there is something to see. The stream is closed while its element is out
 * of sight, since a browser has few connections to one server, and opened again after the server was gone. It does not use
 * EventSource, which hides the words of a refusal.
 */
takes.stream = (() => {
  const AGAIN_MS = [300, 1000, 2000, 3000];
  const FULL_MS = 20000; // the wait before asking a server again that has too many readers
  const SILENT_MS = 40000; // a connection silent for so long is dead: the server sends a blank line every 15 s
  const TOO_MANY = 429;

  class Refused extends Error {
    /**
     * @param {string} sentence
     * @param {number} status
     */
    constructor(sentence, status) {
      super(sentence);
      this.status = status;
    }

    /** Whether asking again later may help. */
    get passes() {
      return this.status === TOO_MANY;
    }
  }

  /**
   * How long to wait before a stream is asked for again, in milliseconds. Spread, so that not all pages ask at once.
   *
   * @param {number} tries how many in a row have failed
   * @param {boolean} full whether the server had too many readers
   * @param {number} chance from 0 to 1
   */
  function waitOf(tries, full, chance) {
    const usual = AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)];
    return (full ? FULL_MS : usual) * (0.75 + chance / 2);
  }

  /**
   * Parses the text received so far: the values of complete events, whether the server said that this was all, and the rest of
   * the text, which is not a complete event yet. Other lines only keep the connection alive.
   *
   * @param {string} text
   */
  function eventsIn(text) {
    const blocks = text.split('\n\n');
    const rest = blocks.pop() || '';
    const over = blocks.findIndex((block) => block.startsWith('event: end'));
    const told = (over < 0 ? blocks : blocks.slice(0, over)).filter((block) => block.startsWith('data: '));
    return { values: told.map((block) => JSON.parse(block.slice(6))), over: over >= 0, rest };
  }

  class Stream {
    /**
     * @param {HTMLElement} element the stream is open only while this is visible
     * @param {string} url
     * @param {(value: unknown) => void} hear
     * @param {(sentence: string) => void} refused
     */
    constructor(element, url, hear, refused) {
      this.element = element;
      this.url = url;
      this.hear = hear;
      this.refused = refused;
      this.over = false;
      this.tries = 0;
      this.lost = false; // whether the connection broke before the server said that this was all
      /** @type {AbortController | null} */
      this.reading = null;
      this.again = 0;
      this.look = () => this.lookAgain();
      this.sized = new ResizeObserver(this.look); // notices that a tab of the page is left or opened
      this.sized.observe(element);
      document.addEventListener('visibilitychange', this.look);
      this.look();
    }

    isSeen() {
      return document.visibilityState === 'visible' && this.element.getClientRects().length > 0;
    }

    async read() {
      const reading = new AbortController();
      this.reading = reading;
      let full = false;
      try {
        if (await readReply(this.url, reading, (value) => this.told(value, reading))) this.end();
      } catch (error) {
        if (error instanceof Refused && !reading.signal.aborted) full = this.refuse(error);
        else if (!reading.signal.aborted) this.lose();
      }
      if (this.reading === reading) this.reading = null;
      if (!this.over && this.isSeen() && !this.reading) this.later(full);
    }

    /**
     * @param {unknown} value
     * @param {AbortController} reading
     */
    told(value, reading) {
      this.tries = 0;
      this.lost = false;
      if (!reading.signal.aborted) this.hear(value);
    }

    lose() {
      this.lost = true;
      document.dispatchEvent(new CustomEvent('takes-lost'));
    }

    /** @param {Refused} error */
    refuse(error) {
      this.refused(error.message);
      if (!error.passes) this.end();
      return error.passes;
    }

    /** @param {boolean} full */
    later(full) {
      const wait = waitOf(this.tries, full, Math.random());
      this.tries += 1;
      window.clearTimeout(this.again);
      this.again = window.setTimeout(this.look, wait);
    }

    lookAgain() {
      if (!this.element.isConnected) this.end();
      if (this.over) return;
      if (this.isSeen() && !this.reading) this.read();
      else if (!this.isSeen() && this.reading) this.reading.abort();
    }

    /** Closes the stream for good. */
    end() {
      this.over = true;
      window.clearTimeout(this.again);
      if (this.reading) this.reading.abort();
      this.sized.disconnect();
      document.removeEventListener('visibilitychange', this.look);
    }
  }

  /**
   * Reads one reply to its end; returns whether the server said that this was all.
   *
   * @param {string} url
   * @param {AbortController} reading
   * @param {(value: unknown) => void} hear
   */
  async function readReply(url, reading, hear) {
    const reply = await fetch(url, { signal: reading.signal, cache: 'no-store' });
    if (reply.status >= 400 && reply.status < 500) throw await refusalOf(reply);
    if (!reply.ok || !reply.body) return false;
    const chunks = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const silent = setTimeout(() => reading.abort(), SILENT_MS);
      const { done, value } = await chunks.read();
      clearTimeout(silent);
      if (done) return false;
      const { values, over, rest } = eventsIn(text + value);
      text = rest;
      values.forEach(hear);
      if (over) return true;
    }
  }

  /** @param {Response} reply */
  async function refusalOf(reply) {
    const told = await reply.json().catch(() => ({}));
    return new Refused(told.detail || 'The server has nothing to show here.', reply.status);
  }

  return { Stream, eventsIn, waitOf };
})();
