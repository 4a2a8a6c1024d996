/**
 * Ticks and the server's answers to them. Ticks are sent with the whole form. Requests that are sent together may arrive in any
 * order, so only one is under way at a time: each tick has a number, its turn, and the answer repeats it.
 */
takes.turns = (() => {
  const LOST_MS = 5000; // an answer this late counts as lost: what the server says is shown, and the next ticks are sent

  class Turns {
    /**
     * @param {() => void} send asks the server
     * @param {() => number} now milliseconds of any clock
     * @param {(act: () => void, ms: number) => void} after
     */
    constructor(send, now = () => performance.now(), after = (act, ms) => { setTimeout(act, ms); }) {
      this.send = send;
      this.now = now;
      this.after = after;
      this.turn = 0;
      this.answered = 0;
      /** @type {number | null} */
      this.underWay = null;
      /** @type {Map<string, { checked: boolean, turn: number, at: number }>} */
      this.pending = new Map(); // ticks that the server has not answered yet: they are shown even if the server says otherwise
    }

    /**
     * Notes references that were ticked (true) or cleared (false). `tell` sends them.
     *
     * @param {[string, boolean][]} ticks
     */
    take(ticks) {
      this.turn += 1;
      for (const [ref, checked] of ticks) this.pending.set(ref, { checked, turn: this.turn, at: this.now() });
    }

    /** Sends the ticks that are not answered, as soon as no other request is under way. */
    tell() {
      if (this.underWay !== null && this.underWay > this.answered) return;
      this.underWay = this.turn > this.answered ? this.turn : null;
      if (this.underWay === null) return;
      const sent = this.underWay;
      this.after(() => this.missed(sent), LOST_MS);
      this.send();
    }

    /** @param {number} sent */
    missed(sent) {
      if (this.underWay !== sent || sent <= this.answered) return;
      this.underWay = null;
      if (this.turn > sent) this.tell();
    }

    /**
     * Notes that the server has answered a turn.
     *
     * @param {number} turn
     */
    hear(turn) {
      if (turn <= this.answered) return;
      this.answered = turn;
      this.tell();
    }

    /**
     * Whether a reference is to be shown as ticked, given what the server says.
     *
     * @param {string} ref
     * @param {boolean} checked
     */
    believed(ref, checked) {
      const mine = this.pending.get(ref);
      if (!mine) return checked;
      if (mine.turn > this.answered && this.now() - mine.at <= LOST_MS) return mine.checked;
      this.pending.delete(ref);
      return checked;
    }
  }

  return { Turns };
})();
