/**
 * A viewing room: the grid of takes and the player that controls their clips. Each time it gets the whole state of a run, from
 * the page or from a stream of its own, and updates what it shows in place. Text from outside is only ever written through
 * textContent.
 */
takes.room = (() => {
  const { Arrange } = takes.arrange;
  const { Ballot } = takes.ballot;
  const { Bar } = takes.bar;
  const { Clips } = takes.clips;
  const { ServerClock } = takes.clock;
  const { Copies, isCopy } = takes.copies;
  const { find, make } = takes.dom;
  const { Following } = takes.following;
  const { Given } = takes.given;
  const { Grid } = takes.grid;
  const { Head } = takes.head;
  const { Keys } = takes.keys;
  const { Lens } = takes.lens;
  const { News } = takes.news;
  const { Pair } = takes.pair;
  const { Player } = takes.player;
  const { Sight } = takes.sight;
  const { Strips } = takes.strips;
  const { Watching } = takes.watching;

  const TICK_MS = 100;
  const PHONE = '(max-width: 899px)'; // where the form is above the room

  class Room {
    /** @param {Component} component */
    constructor({ element, props, trigger }) {
      this.element = element;
      this.props = props;
      this.trigger = trigger;
      this.root = find(element, '.takes-grid');
      this.root.tabIndex = -1; // so that the focus can move here after a press that starts takes
      this.root.setAttribute('role', 'group');
      this.root.setAttribute('aria-label', 'Takes');
      this.calm = window.matchMedia('(prefers-reduced-motion: reduce)');
      /** @type {string | null} */
      this.shown = null; // the id of the run
      this.shows = 0; // how many values it has been given
      /** @type {RunValue | null} */
      this.value = null; // the last value
      /** @type {string | null} */
      this.link = null; // the address that opens the run
      this.arrange = new Arrange(this);
      this.clock = new ServerClock(() => Date.now() / 1000);
      this.clips = new Clips(this);
      this.player = new Player(this);
      this.following = new Following(this);
      this.copies = new Copies(this);
      this.lens = new Lens(this);
      this.sight = new Sight(this);
      this.given = new Given(this);
      this.head = new Head(this);
      this.pair = new Pair(this);
      this.grid = new Grid(this);
      this.ballot = new Ballot(this);
      this.bar = new Bar(this);
      this.strips = new Strips(this);
      this.news = new News(make('p', 'tg-live', this.root, { 'aria-live': 'polite', role: 'status' }), (words) => this.tellDone(words));
      this.keys = new Keys(this);
      this.watching = new Watching(this);
      this.beginTicking();
    }

    /** @param {RunValue | null} value */
    show(value) {
      this.shows += 1;
      this.value = value;
      this.link = (value && value.link) || null;
      this.root.dataset.empty = String(!value);
      this.head.reveal(Boolean(value));
      this.grid.box.hidden = !value;
      if (value) this.showRun(value);
      else this.showNone();
    }

    showNone() {
      this.grid.place([], { blind: false, simulated: false });
      this.strips.place();
      this.ballot.show(null, false, 0);
      this.pair.paint();
      this.player.stop(0);
    }

    /** @param {RunValue} value */
    showRun(value) {
      this.clock.hear(value);
      const isNew = this.shown !== value.run;
      if (isNew) this.begin(value.run);
      const before = new Map(this.grid.all().map((cell) => [cell.job, cell.data.state]));
      this.head.update(value);
      this.bar.offer(value);
      this.root.dataset.blind = String(Boolean(value.blind));
      this.lay();
      this.news.tell(value, before);
      rememberRun(value);
      if (isNew) this.comeIntoView(value);
    }

    /** Shows the takes of the run as they are arranged. */
    lay() {
      const { value } = this;
      if (!value) return;
      const blind = Boolean(value.blind);
      this.grid.place(this.arrange.shown(value), { blind, simulated: value.simulated });
      this.arrange.paint();
      this.strips.place();
      this.ballot.show(value.ballot || null, blind, value.cells.length);
      this.player.sound();
      this.bar.paintMixed();
      this.pair.paint();
      if (this.given.on) this.given.paint();
      this.bar.paint();
    }

    /**
     * Begins to show another run than before, from its start.
     *
     * @param {string} run
     */
    begin(run) {
      this.shown = run;
      this.root.dispatchEvent(new CustomEvent('takes-run', { bubbles: true }));
      this.arrange.begin(run);
      this.player.solo = null;
      this.following.pace = 1;
      this.grid.select(null);
      Object.assign(this.grid, { opened: null, noted: false });
      this.bar.box.dataset.said = 'false';
      this.given.hide();
      this.lens.reset();
      this.player.stop(0);
    }

    /**
     * Scrolls to the take that the address names; or to the room, if it is below the window's edge and a press of Run started
     * takes. On a phone, where the form is above the room, any run that is opened comes into view.
     *
     * @param {RunValue} value
     */
    comeIntoView(value) {
      const named = this.grid.cells.get(new URL(window.location.href).searchParams.get('take') || '');
      if (named) { this.grid.select(named.job); named.node.scrollIntoView({ block: 'nearest' }); }
      const pressed = navigator.userActivation && navigator.userActivation.hasBeenActive;
      if (value.ballot || this.root.getBoundingClientRect().top < window.innerHeight / 2) return;
      if ((value.done || !pressed) && !(value.link && window.matchMedia(PHONE).matches)) return;
      this.root.scrollIntoView({ block: 'start', behavior: this.calm.matches || !pressed ? 'auto' : 'smooth' });
    }

    /** Tells the page that all takes of a run are there, so that it can say so and offer to play them. @param {string} words */
    tellDone(words) {
      const play = () => { this.player.muted = true; this.player.start(0); };
      this.root.dispatchEvent(new CustomEvent('takes-done', { bubbles: true, detail: { words, play } }));
    }

    inView() {
      const box = this.root.getBoundingClientRect();
      return box.height > 0 && box.bottom > 0 && box.top < window.innerHeight;
    }

    /** Enters or leaves full screen. In a frame that forbids full screen, its button is not shown. */
    toggleFullscreen() {
      if (document.fullscreenElement === this.root) document.exitFullscreen();
      else this.root.requestFullscreen().catch((error) => { this.news.live.textContent = 'Full screen is not possible here: ' + error.message; });
    }

    toggleFacts() {
      const { dataset } = this.root;
      dataset.facts = String(dataset.facts !== 'true');
    }

    beginTicking() {
      let second = 0;
      const ticking = setInterval(() => {
        if (!this.element.isConnected) { clearInterval(ticking); return; }
        const now = Math.floor(this.clock.sinceTold());
        if (!this.watching.isLost()) this.grid.tick(now !== second);
        second = now;
        this.ballot.look();
      }, TICK_MS);
    }

    /** The state that tests and measurements read. */
    get seen() {
      const { clips, copies, keys, player } = this;
      return {
        videos: () => clips.all().map((clip) => clip.video),
        drift: () => player.spread(),
        copies: () => copies.stage(),
        copied: () => clips.all().map(isCopy),
        frame: () => player.frame,
        position: () => player.position,
        keys: () => Object.keys(keys.acts),
        shows: () => this.shows,
      };
    }
  }

  /**
   * Changes the page's address so that it opens this run again.
   *
   * @param {RunValue} value
   */
  function rememberRun({ link, ballot }) {
    if (!link || ballot) return;
    try {
      const url = new URL(window.location.href);
      const [name, id] = [...new URLSearchParams(link)][0];
      if (url.searchParams.get(name) === id) return;
      for (const other of ['run', 'like', 'takes', 'take']) url.searchParams.delete(other);
      url.searchParams.set(name, id);
      window.history.replaceState(window.history.state, '', url);
    } catch (error) {
      // A sandboxed frame may refuse; then a reload does not lead back to this run, and nothing else is lost.
    }
  }

  /**
   * Opens a room in a component of the page.
   *
   * @param {Component} component
   */
  function open(component) {
    const room = new Room(component);
    Object.assign(component.element, { __takes: room.seen });
    room.watching.hearPage(component.props.value);
    component.watch('value', () => room.watching.hearPage(component.props.value));
  }

  return { Room, open };
})();
