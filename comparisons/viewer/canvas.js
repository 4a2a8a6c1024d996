/** Draws two takes on one canvas, from the video elements that the player controls, so that they stay in step. */
takes.canvas = (() => {
  const CANVAS_MOST = 1920;

  /** @param {Clip} clip */
  const aspectOf = (clip) => (clip.video.videoWidth || 16) / (clip.video.videoHeight || 9);

  class Canvas {
    /**
     * @param {Room} room
     * @param {HTMLCanvasElement} node
     */
    constructor(room, node) {
      const painter = node.getContext('2d', { alpha: false });
      if (!painter) throw new Error('This browser has no canvas to draw on.');
      this.room = room;
      this.node = node;
      this.painter = painter;
      /** @type {Canvas | null} */
      this.spare = null;
    }

    /**
     * Sizes the canvas to the pixels of the space that it has.
     *
     * @param {number} wide the width of that space, in CSS pixels
     * @param {number} aspect
     */
    size(wide, aspect) {
      const width = Math.min(CANVAS_MOST, Math.round((wide || 960) * (window.devicePixelRatio || 1)));
      const height = Math.round(width / aspect);
      if (this.node.width !== width) this.node.width = width;
      if (this.node.height !== height) this.node.height = height;
    }

    /** The box of the whole canvas. */
    get whole() {
      return { left: 0, top: 0, width: this.node.width, height: this.node.height };
    }

    clear() {
      const { width, height } = this.node;
      this.painter.globalCompositeOperation = 'source-over';
      this.painter.fillStyle = '#000';
      this.painter.fillRect(0, 0, width, height);
    }

    /**
     * Draws a clip to fit a box, with the zoom and place of the lens, as the cells show it.
     *
     * @param {Clip} clip
     * @param {{ left: number, top: number, width: number, height: number }} [box]
     */
    clip(clip, { left, top, width, height } = this.whole) {
      const { painter } = this;
      const { lens } = this.room;
      const wide = Math.min(width, height * aspectOf(clip));
      const high = wide / aspectOf(clip);
      painter.save();
      painter.beginPath();
      painter.rect(left, top, width, height);
      painter.clip();
      painter.translate(left + width / 2, top + height / 2);
      painter.scale(lens.zoom, lens.zoom);
      painter.translate((0.5 - lens.x) * width, (0.5 - lens.y) * height);
      painter.drawImage(clip.video, -wide / 2, -high / 2, wide, high);
      painter.restore();
    }

    /**
     * Draws two clips beside each other, or one above the other.
     *
     * @param {Clip} a
     * @param {Clip} b
     * @param {boolean} stacked
     */
    sides(a, b, stacked) {
      const width = this.node.width / (stacked ? 1 : 2);
      const height = this.node.height / (stacked ? 2 : 1);
      this.clip(a, { left: 0, top: 0, width, height });
      this.clip(b, { left: stacked ? 0 : width, top: stacked ? height : 0, width, height });
    }

    /**
     * Draws a clip over the canvas, only to the right of a line.
     *
     * @param {Clip} clip
     * @param {number} from
     */
    right(clip, from) {
      const { painter } = this;
      const { width, height } = this.node;
      painter.save();
      painter.beginPath();
      painter.rect(from, 0, width - from, height);
      painter.clip();
      painter.fillRect(from, 0, width - from, height);
      this.clip(clip);
      painter.restore();
    }

    /**
     * Replaces what is drawn with its difference from a clip.
     *
     * @param {Clip} clip
     */
    difference(clip) {
      this.spare = this.spare || new Canvas(this.room, document.createElement('canvas'));
      Object.assign(this.spare.node, { width: this.node.width, height: this.node.height });
      this.spare.clear();
      this.spare.clip(clip); // on a canvas of its own, since WebKit cannot blend a video element in this way
      this.painter.globalCompositeOperation = 'difference';
      this.painter.drawImage(this.spare.node, 0, 0);
    }
  }

  return { Canvas, aspectOf };
})();
