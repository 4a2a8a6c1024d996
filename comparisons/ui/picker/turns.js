/**
 * Ticks and the server's answers to them. What is ticked is sent with everything that the form asks. Requests sent together
 * may arrive in any order, so only one is under way: each tick has a turn, and the answer repeats it.
 */
takes.turns = (() => {
  const LOST_MS = 5000; // an answer this late is taken for lost: the server is believed, and told again

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
      this.pending = new Map(); // ticks the server has not answered yet: they win over what it says
    }

    /**
     * Notes ticks, each with whether it is one now. `tell` sends them.
     *
     * @param {[string, boolean][]} ticks
     */
    take(ticks) {
      this.turn += 1;
      for (const [ref, checked] of ticks) this.pending.set(ref, { checked, turn: this.turn, at: this.now() });
    }

    /** Sends what is not answered, once the answer to what was sent before is there. */
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
     * The server's answer to a turn.
     *
     * @param {number} turn
     */
    hear(turn) {
      if (turn <= this.answered) return;
      this.answered = turn;
      this.tell();
    }

    /**
     * Whether something is ticked, where the server says that it is or is not.
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
