/**
 * Blind voting. The server sends no names before the vote is cast, so which take is which is not known here. A vote can be cast
 * once every clip has played; the server checks that again. Takes that this browser cannot play are left out: if one of a pair
 * cannot be played, or only one of several can, there is no vote, and the ballot offers the next one. After a vote the names
 * are shown, and a while later the next ballot comes by itself, unless the person stays.
 */
takes.ballot = (() => {
  const { make, put } = takes.dom;
  const { REST_MS, wordButton } = takes.elements;
  const { LETTERS } = takes.grid;
  const { length } = takes.timeline;

  const SEEN_SHARE = 0.9;
  const NEXT_S = 6; // how long the names are shown before the next ballot comes
  /** @type {Record<string, string>} */
  const KEYS = { 1: '0', 2: '1', t: 'tie', b: 'bad' };
  const VERDICTS = [['0', 'A is better'], ['tie', 'Tie'], ['bad', 'Both bad'], ['1', 'B is better']];

  /**
   * Seconds of a clip that were played.
   *
   * @param {Pick<TimeRanges, 'length' | 'start' | 'end'>} played
   * @param {number} whole its length
   */
  function secondsSeen(played, whole) {
    let sum = 0;
    for (let i = 0; i < played.length; i += 1) sum += played.end(i) - played.start(i);
    return Math.min(sum, whole);
  }

  /** @param {Clip} clip */
  const seenOf = (clip) => secondsSeen(clip.video.played, length(clip));
  /** @param {Clip} clip */
  const seenShare = (clip) => seenOf(clip) / (length(clip) * SEEN_SHARE);
  /** @param {Clip} clip */
  const isSeen = (clip) => seenShare(clip) >= 1;

  /**
   * Whether a vote is possible.
   *
   * @param {BallotValue} ballot
   * @param {number} count of all takes
   * @param {number} unseen of those that this browser cannot play
   */
  const canVote = (ballot, count, unseen) => unseen === 0 || (ballot.kind !== 'pair' && count - unseen > 1);

  /**
   * The sentence beside a blind ballot.
   *
   * @param {{ cast: boolean, open: boolean, seen: number, total: number, unseen: number[] }} state
   */
  function wordsOf({ cast, open, seen, total, unseen }) {
    if (cast) return 'Counting your vote …';
    const lost = unseen.map((place) => 'Take ' + LETTERS[place]).join(' and ');
    if (!open) return 'This browser cannot play ' + lost + ', so there is nothing to judge here: go on to the next ballot.';
    const without = lost ? ' (without ' + lost + ', which this browser cannot play)' : '';
    if (seen < total) return 'Play every take to its end: ' + seen + ' of ' + total + ' seen' + without;
    return 'All seen: which is better?' + without;
  }

  /** @param {string} verdict */
  const keyOf = (verdict) => 'Key ' + String(Object.keys(KEYS).find((key) => KEYS[key] === verdict)).toUpperCase();

  /**
   * @param {Element} parent
   * @param {'best' | 'worst'} name
   * @param {string} label
   */
  function choosing(parent, name, label) {
    const group = make('div', 'tg-choice', parent, { role: 'group', 'aria-label': label + ' take' });
    make('span', '', group).textContent = label;
    return { name, group, buttons: /** @type {HTMLButtonElement[]} */ ([]) };
  }

  class Ballot {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      /** @type {BallotValue | null} */
      this.data = null;
      this.blind = false;
      this.cast = false;
      /** @type {number | null} */
      this.best = null;
      /** @type {number | null} */
      this.worst = null;
      this.looked = 0; // for how long the takes were looked at, in milliseconds
      this.at = 0;
      this.nextAt = 0; // when the next ballot comes by itself, by the page's clock; 0: it does not
      this.box = make('div', 'tg-ballot', room.root, { role: 'group', 'aria-label': 'Your vote', hidden: '' });
      this.said = make('p', 'tg-ballot-said', this.box, { role: 'status' });
      const buttons = make('div', 'tg-ballot-buttons', this.box);
      this.buttons = buttons;
      this.verdicts = VERDICTS.map(([verdict, label]) => (
        wordButton(buttons, 'tg-verdict', { 'data-verdict': verdict, title: keyOf(verdict) }, label, () => this.send(verdict))
      ));
      this.choices = [choosing(buttons, 'best', 'Best'), choosing(buttons, 'worst', 'Worst')];
      this.sendButton = wordButton(buttons, 'tg-verdict', { 'data-act': 'send-vote' }, 'Vote', () => this.send({ best: this.best, worst: this.worst }));
      this.stayButton = wordButton(buttons, 'tg-verdict', { 'data-act': 'stay' }, 'Stay', () => this.stay());
      this.skipButton = wordButton(buttons, 'tg-verdict', { 'data-act': 'skip-ballot' }, 'Next ballot', () => this.goOn());
      room.root.addEventListener('pointerdown', ({ target }) => { if (!this.box.contains(/** @type {Node} */ (target))) this.stay(); });
    }

    /** The clips in the order shown; null for a take that cannot be played here. */
    inOrder() {
      return this.room.grid.all().map((cell) => this.room.clips.get(cell.job) || null);
    }

    unseen() {
      return this.inOrder().flatMap((clip, place) => (clip ? [] : [place]));
    }

    /**
     * @param {BallotValue | null} data
     * @param {boolean} blind
     * @param {number} count of takes
     */
    show(data, blind, count) {
      const same = data && this.data && data.token === this.data.token && blind === this.blind;
      if (!same) Object.assign(this, { cast: false, best: null, worst: null, looked: 0, at: performance.now(), nextAt: 0 });
      if (!same && data && !blind) this.nextAt = performance.now() + NEXT_S * 1000;
      Object.assign(this, { data, blind });
      this.box.hidden = !data;
      if (!same && data && blind) this.takeKeys();
      if (!data) return;
      for (const choice of this.choices) this.fill(choice, count);
      this.paint();
    }

    /** Moves the focus from the button that asked for this ballot to its takes, so that the keys are for them. */
    takeKeys() {
      const { element, root } = this.room;
      const now = document.activeElement;
      if (element.contains(now)) return;
      if (now === document.body || element.closest('[role=tabpanel]')?.contains(now)) root.focus({ preventScroll: true });
    }

    /**
     * @param {ReturnType<typeof choosing>} choice
     * @param {number} count
     */
    fill({ name, group, buttons }, count) {
      for (const button of buttons.splice(count)) button.remove();
      while (buttons.length < count) {
        const index = buttons.length;
        const choose = () => { this[name] = index; this.paint(); };
        buttons.push(wordButton(group, 'tg-verdict', { 'data-choice': name + '-' + index }, LETTERS[index], choose));
      }
    }

    paint() {
      if (!this.data) return;
      const clips = this.inOrder().flatMap((clip) => (clip ? [clip] : []));
      const unseen = this.unseen();
      const seen = clips.filter(isSeen).length;
      const able = canVote(this.data, this.room.grid.cells.size, unseen.length);
      const open = this.blind && !this.cast && able;
      put(this.said, this.words(open, seen, clips.length));
      this.paintButtons(this.data.kind === 'pair', able && this.blind, open && seen === clips.length, unseen);
      this.paintNext();
      for (const clip of clips) put(clip.cell.seen, open ? (isSeen(clip) ? 'seen' : Math.floor(seenShare(clip) * 100) + '% seen') : '');
    }

    /**
     * @param {boolean} pair whether two takes are judged
     * @param {boolean} able whether there is something to judge
     * @param {boolean} ready whether a vote may be cast now
     * @param {number[]} unseen
     */
    paintButtons(pair, able, ready, unseen) {
      for (const button of this.verdicts) {
        button.hidden = !pair || !able;
        button.disabled = !ready;
      }
      for (const { name, group, buttons } of this.choices) {
        group.hidden = pair || !able;
        buttons.forEach((button, index) => {
          button.disabled = !ready || unseen.includes(index);
          button.setAttribute('aria-pressed', String(this[name] === index));
        });
      }
      const chosen = [this.best, this.worst].filter((place) => place !== null && !unseen.includes(place));
      this.sendButton.hidden = pair || !able;
      this.sendButton.disabled = !ready || new Set(chosen).size < 2;
      this.skipButton.hidden = able;
    }

    /** After a vote: the button to the next ballot, and in how many seconds that comes by itself. */
    paintNext() {
      const left = this.nextAt ? Math.max(0, Math.ceil((this.nextAt - performance.now()) / 1000)) : 0;
      this.stayButton.hidden = !this.nextAt;
      const words = this.nextAt ? 'Next ballot in ' + left + ' s' : 'Next ballot';
      if (this.skipButton.textContent !== words) this.skipButton.textContent = words;
    }

    /** Keeps this ballot's names until the person presses the button to the next one. */
    stay() {
      this.nextAt = 0;
      if (this.data) this.paintNext();
    }

    goOn() {
      this.nextAt = 0;
      this.room.trigger('skip', {});
    }

    /**
     * @param {boolean} open
     * @param {number} seen
     * @param {number} total
     */
    words(open, seen, total) {
      if (this.data && this.data.said) return this.data.said;
      if (!this.cast && !this.blind) return '';
      return wordsOf({ cast: this.cast, open, seen, total, unseen: this.unseen() });
    }

    /**
     * What a key does while a pair is judged; null if the key does not concern the vote.
     *
     * @param {string} key
     * @returns {(() => void) | null}
     */
    actOf(key) {
      if (key === 'Enter' && this.data && !this.skipButton.hidden) return () => this.goOn();
      if (!this.data || !this.blind || this.data.kind !== 'pair' || !Object.hasOwn(KEYS, key)) return null;
      const button = this.verdicts.find(({ dataset }) => dataset.verdict === KEYS[key]);
      return () => { if (button && !button.disabled && !button.hidden) button.click(); };
    }

    /** @param {string | { best: number | null, worst: number | null }} verdict */
    send(verdict) {
      if (!this.data || !this.blind || this.cast) return;
      const { room } = this;
      this.cast = true;
      this.paint();
      const mode = room.pair.on ? room.pair.mode : 'grid';
      room.trigger('vote', {
        token: this.data.token, verdict, looked_s: Math.round(this.looked) / 1000,
        watched: this.inOrder().map((clip) => (clip ? Math.round(seenOf(clip) * 1000) / 1000 : null)),
        layout: { width: window.innerWidth, height: window.innerHeight, columns: room.grid.columns, mode },
      });
      setTimeout(() => { this.cast = false; this.paint(); }, REST_MS); // a refused vote may be cast again
    }

    /** Adds up for how long the takes were looked at, which counts only while they are in sight; then moves on if it is time. */
    look() {
      const now = performance.now();
      if (this.blind && document.visibilityState === 'visible' && this.room.inView()) this.looked += now - this.at;
      this.at = now;
      if (!this.nextAt) return;
      this.paintNext();
      if (now >= this.nextAt && document.visibilityState === 'visible' && this.room.inView()) this.goOn();
    }
  }

  return { Ballot, canVote, secondsSeen, wordsOf };
})();
