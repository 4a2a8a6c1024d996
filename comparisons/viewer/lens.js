/** Zoom and position within the picture, the same for all takes. */
takes.lens = (() => {
  const { put } = takes.dom;
  const { placeIn } = takes.elements;
  const { clamp } = takes.numbers;

  const ZOOM_MOST = 8;
  const ZOOM_STEP = 1.5;
  const MOVED_PX = 4;

  /**
   * The view after zooming with the pointer somewhere: the point of the picture under the pointer stays under it.
   *
   * @param {View} view
   * @param {number} zoom
   * @param {number} across
   * @param {number} down
   * @returns {View}
   */
  function zoomedAt(view, zoom, across, down) {
    const next = clamp(zoom, 1, ZOOM_MOST);
    /** @type {(center: number, part: number) => number} */
    const keepUnder = (center, part) => center + (part - 0.5) * (1 / view.zoom - 1 / next);
    return { zoom: next, x: keepUnder(view.x, across), y: keepUnder(view.y, down) };
  }

  /**
   * The nearest view that shows nothing beside the picture.
   *
   * @param {View} view
   * @returns {View}
   */
  function within(view) {
    const zoom = clamp(view.zoom, 1, ZOOM_MOST);
    const half = 0.5 / zoom;
    return { zoom, x: clamp(view.x, half, 1 - half), y: clamp(view.y, half, 1 - half) };
  }

  /** @type {(a: MouseEvent, b: MouseEvent) => number} */
  const apart = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);

  class Lens {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      // The point of the picture that stands in the middle, as fractions of it.
      this.zoom = 1;
      this.x = 0.5;
      this.y = 0.5;
      this.dragged = false;
      /** @type {Map<number, PointerEvent>} */
      this.pointers = new Map();
      /** @type {PointerEvent | null} */
      this.from = null;
    }

    /** @param {View} view */
    look(view) {
      Object.assign(this, within(view));
      const { root, bar, copies } = this.room;
      /** @param {number} part */
      const move = (part) => ((0.5 - part) * 100).toFixed(3) + '%';
      const seen = this.zoom === 1 ? 'none' : 'scale(' + this.zoom.toFixed(4) + ') translate(' + move(this.x) + ', ' + move(this.y) + ')';
      root.style.setProperty('--lens', seen);
      root.dataset.zoomed = String(this.zoom > 1);
      put(bar.zoomText, Math.round(this.zoom * 100) + ' %');
      copies.lighten();
    }

    /** The whole picture. */
    reset() {
      this.look({ zoom: 1, x: 0.5, y: 0.5 });
    }

    closer() {
      this.look({ zoom: this.zoom * ZOOM_STEP, x: this.x, y: this.y });
    }

    farther() {
      this.look({ zoom: this.zoom / ZOOM_STEP, x: this.x, y: this.y });
    }

    /**
     * Moves what is seen by fractions of it.
     *
     * @param {number} across
     * @param {number} down
     */
    pan(across, down) {
      this.look({ zoom: this.zoom, x: this.x + across / this.zoom, y: this.y + down / this.zoom });
    }

    /**
     * Lets a person zoom and move on a stage. A wheel alone scrolls the page; it zooms with Ctrl (which a trackpad's pinch
     * sends) or in full screen.
     *
     * @param {HTMLElement} stage
     */
    watch(stage) {
      stage.addEventListener('wheel', (event) => {
        if (!event.ctrlKey && !event.metaKey && document.fullscreenElement !== this.room.root) return;
        event.preventDefault();
        this.look(zoomedAt(this, this.zoom * Math.exp(-event.deltaY / 300), ...placeIn(stage, event)));
      }, { passive: false });
      stage.addEventListener('dblclick', (event) => {
        if (this.zoom > 1) this.reset();
        else this.look(zoomedAt(this, 2, ...placeIn(stage, event)));
      });
      stage.addEventListener('pointerdown', (event) => this.grab(event));
      stage.addEventListener('pointermove', (event) => this.drag(stage, event));
      stage.addEventListener('pointerup', (event) => this.letGo(event));
      stage.addEventListener('pointercancel', (event) => this.letGo(event));
    }

    /** @param {PointerEvent} event */
    grab(event) {
      if (event.button !== 0) return;
      if (this.pointers.size === 0) this.dragged = false;
      this.pointers.set(event.pointerId, event);
      this.from = event;
    }

    /** @param {PointerEvent} event */
    letGo(event) {
      this.pointers.delete(event.pointerId);
    }

    /**
     * @param {HTMLElement} stage
     * @param {PointerEvent} event
     */
    drag(stage, event) {
      const before = this.pointers.get(event.pointerId);
      if (!before) return;
      if (event.buttons === 0) { this.letGo(event); return; } // the button was released outside the stage
      const other = Array.from(this.pointers.values()).find((each) => each.pointerId !== event.pointerId);
      if (!this.dragged && !other && this.from && apart(this.from, event) < MOVED_PX) return;
      if (!other && this.zoom === 1) return;
      if (!this.dragged) stage.setPointerCapture(event.pointerId);
      this.dragged = true;
      this.pointers.set(event.pointerId, event);
      const box = stage.getBoundingClientRect();
      if (other) {
        const pinched = this.zoom * (apart(event, other) / Math.max(1, apart(before, other)));
        this.look(zoomedAt(this, pinched, ...placeIn(stage, event)));
      } else this.pan((before.clientX - event.clientX) / box.width, (before.clientY - event.clientY) / box.height);
    }
  }

  return { Lens, within, zoomedAt };
})();
