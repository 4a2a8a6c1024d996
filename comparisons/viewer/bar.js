/** The player's bar: the controls of all clips in a room, and what is said about them together. */
takes.bar = (() => {
  const { make, put } = takes.dom;
  const { icon, labeled } = takes.elements;
  const { SPEEDS } = takes.player;
  const { codeOf, differences, heldWords, shiftWords } = takes.readout;
  const { end, lastFrame } = takes.timeline;

  const DRIFT_MS = 250; // between two updates of how far the clips are apart

  /**
   * @param {Element} parent
   * @param {string} act
   * @param {string} label
   * @param {string} keys
   * @param {() => void} onClick
   * @param {string} [words]
   */
  function control(parent, act, label, keys, onClick, words = '') {
    const button = make('button', 'tg-control', parent, { type: 'button', 'data-act': act, 'aria-label': label });
    button.title = label + (keys ? ' (' + keys + ')' : '');
    button.textContent = words;
    button.addEventListener('click', onClick);
    return button;
  }

  /**
   * @param {Room} room
   * @param {Element} box
   */
  function transportOf(room, box) {
    const transport = make('div', 'tg-transport', box);
    const back = control(transport, 'back', 'One frame back', ', or left arrow', () => room.player.step(-1));
    const play = control(transport, 'play', 'Play', 'Space', () => room.player.toggle());
    const forward = control(transport, 'forward', 'One frame forward', '. or right arrow', () => room.player.step(1));
    icon(back, 'back');
    icon(forward, 'forward');
    const time = make('p', 'tg-timecode', box, { title: 'Seconds and frames' });
    const now = make('span', 'tg-now', time);
    const all = make('span', 'tg-all', time);
    const scrub = make('input', 'tg-scrub', box, {
      type: 'range', min: '0', max: '1', step: '0.001', 'data-act': 'scrub', 'aria-label': 'Position',
    });
    return { play, time, now, all, scrub };
  }

  /**
   * @param {Room} room
   * @param {Element} box
   */
  function speedOf(room, box) {
    const speed = make('select', 'tg-speed', labeled(box, 'Speed'), { 'data-act': 'speed', title: 'Speed (< and >)' });
    for (const value of SPEEDS) make('option', '', speed, { value: String(value) }).textContent = value + '×';
    speed.value = '1';
    speed.addEventListener('change', () => room.player.setSpeed(Number(speed.value)));
    return speed;
  }

  /**
   * @param {Bar} bar
   * @param {Element} options
   */
  function switchesOf(bar, options) {
    const { player, lens } = bar.room;
    const loop = control(options, 'loop', 'Begin again at the end', 'L', () => { player.loop = !player.loop; bar.paint(); });
    const mute = control(options, 'mute', 'Sound', 'M', () => { player.muted = !player.muted; player.sound(); bar.paint(); });
    const drift = control(options, 'drift', 'Show how far the pictures on screen are apart', 'R', () => bar.toggleDrift());
    drift.classList.add('tg-drift');
    icon(loop, 'loop');
    const zoom = make('div', 'tg-zoom', options, { role: 'group', 'aria-label': 'Zoom of all takes' });
    control(zoom, 'zoom-out', 'Zoom out', '−', () => lens.farther(), '−');
    const zoomText = control(zoom, 'zoom-reset', 'Whole picture', '0', () => lens.reset(), '100 %');
    control(zoom, 'zoom-in', 'Zoom in', '+', () => lens.closer(), '+');
    return { loop, mute, drift, zoomText };
  }

  /**
   * @param {Bar} bar
   * @param {Element} options
   */
  function viewsOf(bar, options) {
    const { room } = bar;
    const views = make('div', 'tg-views', options);
    const givenPick = labeled(views, 'Divider', { hidden: '' });
    const attributes = { type: 'range', title: 'How much of each picture is the input image', min: '0', max: '100', step: '1', 'data-act': 'given-split' };
    const givenSlider = make('input', 'tg-given-slider', givenPick, attributes);
    givenSlider.addEventListener('input', () => room.given.setSplit(Number(givenSlider.value) / 100));
    givenSlider.addEventListener('keydown', (event) => event.stopPropagation());
    const pairButton = control(views, 'pair', 'Compare two takes', 'C', () => room.pair.toggle(), 'A/B');
    const givenButton = control(views, 'given', 'Lay the input image over the first frame of each take', 'I', () => room.given.toggle(), 'Input image');
    const names = control(views, 'names', 'Hide and show whose takes these are', 'N', () => bar.toggleNames(), 'Hide names');
    const full = control(views, 'fullscreen', 'Full screen', 'F', () => room.toggleFullscreen());
    icon(full, 'full');
    full.hidden = !document.fullscreenEnabled;
    control(views, 'help', 'List of all keys', '?', () => room.keys.openHelp(), 'Keys');
    return { givenPick, givenSlider, pairButton, givenButton, names };
  }

  class Bar {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      this.box = make('div', 'tg-player', room.root, { role: 'group', 'aria-label': 'Player for all clips' });
      this.transport = transportOf(room, this.box);
      this.speed = speedOf(room, this.box);
      this.more = control(this.box, 'more', 'More tools', '', () => this.toggleMore(), 'Tools');
      const options = make('div', 'tg-options', this.box);
      this.switches = switchesOf(this, options);
      this.views = viewsOf(this, options);
      const notes = make('p', 'tg-player-notes', this.box);
      this.paced = make('span', 'tg-note tg-paced', notes);
      this.mixed = make('span', 'tg-note tg-mixed', notes);
      this.drift = { shown: false, at: 0 };
      this.scrubbing = false;
      this.resume = false; // whether it played when the scrubber was grabbed
      this.box.prepend(room.ballot.box); // people vote where they play the takes
      this.watchScrub();
      new ResizeObserver(() => requestAnimationFrame(() => room.grid.lay())).observe(this.box);
    }

    get zoomText() { return this.switches.zoomText; }
    get pairButton() { return this.views.pairButton; }
    get givenButton() { return this.views.givenButton; }
    get givenPick() { return this.views.givenPick; }
    get givenSlider() { return this.views.givenSlider; }

    watchScrub() {
      const { player } = this.room;
      const { scrub } = this.transport;
      scrub.addEventListener('input', () => {
        if (!this.scrubbing) Object.assign(this, { scrubbing: true, resume: player.playing });
        const position = Number(scrub.value);
        if (player.playing) player.stop(position);
        else player.goTo(position);
      });
      scrub.addEventListener('change', () => {
        this.scrubbing = false;
        if (this.resume) player.start(player.position);
        this.resume = false;
      });
    }

    toggleDrift() {
      this.drift = { shown: !this.drift.shown, at: 0 };
      this.paint();
    }

    toggleNames() {
      const { dataset } = this.room.root;
      dataset.names = String(dataset.names === 'false');
      put(this.views.names, dataset.names === 'false' ? 'Show names' : 'Hide names');
    }

    toggleMore() {
      const more = String(this.box.dataset.more !== 'true');
      this.box.dataset.more = more;
      this.more.setAttribute('aria-expanded', more);
    }

    /**
     * Shows only the buttons that make sense for this run.
     *
     * @param {RunValue} value
     */
    offer(value) {
      this.pairButton.hidden = value.cells.length < 2;
      this.givenButton.hidden = !value.cells.some((data) => data.given);
      this.views.names.hidden = Boolean(value.blind);
    }

    /** @param {number} by */
    faster(by) {
      this.room.player.faster(by);
      this.speed.value = String(this.room.player.rate);
    }

    paint() {
      const { player, given, grid, strips, ballot } = this.room;
      const { lead } = player;
      this.box.inert = !lead && !ballot.data;
      this.box.hidden = this.box.inert && !grid.all().some(({ data }) => data.waiting); // its place is kept for clips to come
      if (player.playing) given.hide();
      if (!lead) return;
      this.paintTime(lead);
      this.paintButtons();
      this.paintDrift();
      this.paintShifts(end(lead));
      strips.paint();
      ballot.paint();
    }

    /** @param {Clip} lead */
    paintTime(lead) {
      const { player } = this.room;
      const { time, now, all, scrub } = this.transport;
      put(now, codeOf(lead, player.frame));
      time.title = lead.moments ? 'Seconds: frames come unevenly' : 'Seconds and frames';
      put(all, '/ ' + codeOf(lead, lastFrame(lead) + 1));
      scrub.max = String(end(lead));
      if (!this.scrubbing) scrub.value = String(player.frame ? player.position : 0);
      scrub.style.setProperty('--fill', ((Number(scrub.value) / end(lead)) * 100).toFixed(2) + '%');
      scrub.setAttribute('aria-valuetext', now.textContent || '');
    }

    paintButtons() {
      const { player } = this.room;
      const { loop, mute } = this.switches;
      const { play } = this.transport;
      icon(play, player.playing ? 'pause' : 'play');
      play.setAttribute('aria-label', player.playing ? 'Pause' : 'Play');
      loop.setAttribute('aria-pressed', String(player.loop));
      const audible = player.clips.some((clip) => clip.audio);
      const heard = audible && !player.muted;
      icon(mute, heard ? 'sound' : 'mute');
      mute.disabled = !audible;
      mute.setAttribute('aria-pressed', String(heard));
      mute.title = audible ? 'Sound (M)' : 'No take has sound';
    }

    paintDrift() {
      const { player, following } = this.room;
      const { drift } = this.switches;
      drift.setAttribute('aria-pressed', String(this.drift.shown));
      const slowed = player.playing && following.pace < 0.95;
      this.say(this.paced, slowed ? 'slowed to ' + player.running.toFixed(2) + '× to stay together' : '');
      const now = performance.now();
      if (this.drift.shown && now - this.drift.at < DRIFT_MS) return;
      this.drift.at = now;
      put(drift, this.drift.shown ? Math.round(player.spread() * 1000) + ' ms apart' : 'Check sync');
    }

    /** @param {number} last the end of all */
    paintShifts(last) {
      for (const clip of this.room.player.clips) {
        put(clip.cell.held, heldWords(clip, this.room.player.position, last));
        put(clip.cell.shift, shiftWords(clip.shift));
        clip.cell.shift.disabled = clip.shift === 0;
      }
    }

    /**
     * Says something below the controls. From the first words on there is a line for them, so that the bar grows only once.
     *
     * @param {HTMLElement} note
     * @param {string} words
     */
    say(note, words) {
      put(note, words);
      if (words) this.box.dataset.said = 'true';
    }

    /** Says how clips differ, and whether small copies play instead of clips. */
    paintMixed() {
      const { player, copies } = this.room;
      const small = player.clips.some((clip) => copies.shownSmall(clip)) ? ['small copies play; zoom and A/B show the clips'] : [];
      this.say(this.mixed, [...differences(player.clips), ...small].join(' · '));
    }
  }

  return { Bar };
})();
