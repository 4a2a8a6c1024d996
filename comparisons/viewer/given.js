/** Compares the first frame of each take with the image that it was to start with, by one divider for all takes. */
takes.given = (() => {
  const { make, put } = takes.dom;
  const { placeIn } = takes.elements;
  const { clamp } = takes.numbers;

  class Given {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      this.on = false;
      this.split = 0.5;
    }

    toggle() {
      const { clips, grid, player } = this.room;
      if (!grid.all().some((cell) => cell.data.given && clips.has(cell.job))) return;
      this.on = !this.on;
      if (this.on) player.stop(0);
      this.paint();
    }

    hide() {
      if (!this.on) return;
      this.on = false;
      this.paint();
    }

    paint() {
      const { root, bar, grid } = this.room;
      root.dataset.given = String(this.on);
      bar.givenButton.setAttribute('aria-pressed', String(this.on));
      bar.givenPick.hidden = !this.on;
      for (const cell of grid.all()) this.paintOf(cell);
      this.setSplit(this.split);
    }

    /** @param {Cell} cell */
    paintOf(cell) {
      const wanted = this.on && this.room.clips.has(cell.job);
      const url = wanted ? cell.data.given : null;
      if (url && !cell.given) {
        cell.given = make('img', 'tg-given', null, { alt: 'The image it was asked to start with' });
        cell.over.before(cell.given); // what is written on the picture stays readable
      }
      if (cell.given) {
        if (url && cell.given.getAttribute('src') !== url) cell.given.src = url;
        cell.given.hidden = !url;
      }
      put(cell.givenNote, wanted ? (url ? 'input image | first frame' : 'no image was sent') : '');
    }

    /** @param {number} part the fraction of the picture that shows the image */
    setSplit(part) {
      this.split = clamp(part, 0, 1);
      this.room.root.style.setProperty('--given', (this.split * 100).toFixed(2) + '%');
      this.room.bar.givenSlider.value = String(Math.round(this.split * 100));
    }

    /**
     * Makes the divider follow a pressed pointer within a stage.
     *
     * @param {HTMLElement} stage
     */
    watch(stage) {
      /** @param {PointerEvent} event */
      const slide = (event) => {
        if (this.on && event.buttons === 1 && this.room.lens.zoom === 1) this.setSplit(placeIn(stage, event)[0]);
      };
      stage.addEventListener('pointerdown', slide);
      stage.addEventListener('pointermove', slide);
    }
  }

  return { Given };
})();
