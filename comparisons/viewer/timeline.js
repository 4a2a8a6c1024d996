/**
 * The only place that calculates which picture a clip shows at which moment, and the reverse. Moments are seconds from a clip's
 * first picture, since takes of one prompt begin with the same picture whatever time their files give it. Pictures are counted
 * from 0.
 */
takes.timeline = (() => {
  const { clamp } = takes.numbers;

  const ASSUMED_FPS = 24; // for a clip whose frame rate could not be measured: only the size of a step depends on it
  const UNEVEN = 0.01; // a mean that differs by a larger fraction replaces `fps`, which in some results is the commonest rate
  const JOIN = 0.25; // changes of picture that are closer than this fraction of the shortest picture count as one step

  /**
   * Pictures a second. For a clip whose frames last differently, the mean: then its length is right, and a step is about one
   * frame.
   *
   * @param {Pick<ClipInfo, 'fps' | 'frames' | 'duration_s'>} info
   */
  function rateOf(info) {
    const mean = info.frames && info.duration_s ? info.frames / info.duration_s : 0;
    if (!info.fps) return mean || ASSUMED_FPS;
    return mean && Math.abs(mean / info.fps - 1) > UNEVEN ? mean : info.fps;
  }

  /**
   * When a picture begins to show. Before its first picture and after its last one a clip is continued evenly, since other
   * clips may begin earlier or last longer.
   *
   * @param {Timed} clip
   * @param {number} picture
   */
  function startOf(clip, picture) {
    const times = clip.moments;
    if (!times || picture < 0) return picture / clip.fps;
    return picture < times.length ? times[picture] : clip.lasts + (picture - times.length) / clip.fps;
  }

  /**
   * Which picture shows at a moment.
   *
   * @param {Timed} clip
   * @param {number} time
   */
  function pictureAt(clip, time) {
    const times = clip.moments;
    if (!times || time < 0) return Math.floor(time * clip.fps + 0.001);
    if (time >= clip.lasts) return times.length + Math.floor((time - clip.lasts) * clip.fps);
    let [low, high] = [0, times.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (times[middle] <= time + 0.0005) low = middle;
      else high = middle;
    }
    return low;
  }

  /** @type {(clip: Timed, picture: number) => number} */
  const middleOf = (clip, picture) => (startOf(clip, picture) + startOf(clip, picture + 1)) / 2;
  /** @type {(clip: Timed) => number} How long it is, in seconds. */
  const length = (clip) => startOf(clip, clip.frames);
  /** @type {(clip: Timed, time: number) => number} The frame of its own that it shows at a moment of its own. */
  const frameAt = (clip, time) => clamp(pictureAt(clip, time), 0, clip.frames - 1);
  /** @type {(clip: Timed, frame: number) => number} The moment to seek for a frame. */
  const frameTime = (clip, frame) => middleOf(clip, clamp(frame, 0, clip.frames - 1));
  /** @type {(clip: Timed) => number} */
  const lastTime = (clip) => frameTime(clip, clip.frames - 1);

  // A clip's own moment is the common position plus its shift: the frames by which a person moved it against the others.
  /** @type {(clip: Timed) => number} */
  const shifted = (clip) => clip.shift / clip.fps;
  /** @type {(clip: Timed, position: number) => number} */
  const own = (clip, position) => position + shifted(clip);
  /** @type {(clip: Timed) => number} */
  const end = (clip) => length(clip) - shifted(clip);
  /** @type {(clip: Timed, position: number) => boolean} */
  const within = (clip, position) => own(clip, position) >= 0 && own(clip, position) < lastTime(clip);

  /**
   * The clip that ends last, of several the one with the most pictures a second. It determines the frames of the timecode and
   * the length of the scrubber.
   *
   * @template {Timed} Each
   * @param {Each[]} clips
   * @returns {Each | null}
   */
  function master(clips) {
    /** @type {Each | null} */
    let best = null;
    for (const clip of clips) {
      const later = best === null || end(clip) > end(best) + 0.001;
      if (later || (best && end(clip) > end(best) - 0.001 && clip.fps > best.fps)) best = clip;
    }
    return best;
  }

  /** @type {(lead: Timed) => number} How many of its pictures a shift has put before the common start. */
  const passed = (lead) => pictureAt(lead, own(lead, 0));
  /** @type {(lead: Timed) => number} */
  const lastFrame = (lead) => Math.max(0, lead.frames - 1 - passed(lead));
  /** @type {(lead: Timed, position: number) => number} */
  const masterFrameAt = (lead, position) => clamp(pictureAt(lead, own(lead, position)) - passed(lead), 0, lastFrame(lead));
  /** @type {(lead: Timed, frame: number) => number} */
  const masterTime = (lead, frame) => middleOf(lead, clamp(frame, 0, lastFrame(lead)) + passed(lead)) - shifted(lead);

  /**
   * Where a step goes: past the next change of picture in any take, to the middle of the time until the change after it.
   *
   * @param {Timed[]} clips
   * @param {number} position
   * @param {number} by
   */
  function stepFrom(clips, position, by) {
    const close = JOIN / Math.max(...clips.map((clip) => clip.fps));
    const changes = clips.flatMap((clip) => {
      const here = pictureAt(clip, own(clip, position));
      const near = [-2, -1, 0, 1, 2, 3].map((n) => here + n).filter((n) => n > 0 && n < clip.frames);
      return near.map((n) => startOf(clip, n) - shifted(clip));
    });
    const last = Math.max(...clips.map(end));
    const edges = [0, ...changes.filter((each) => each > close && each < last - close), last].sort((a, b) => a - b);
    const spans = []; // spans of time in which no picture changes: from and to
    for (let n = 1; n < edges.length; n += 1) if (edges[n] - edges[n - 1] > close) spans.push([edges[n - 1], edges[n]]);
    const now = Math.max(0, spans.findLastIndex((span) => span[0] <= position));
    const [from, to] = spans[clamp(now + by, 0, spans.length - 1)];
    return (from + to) / 2;
  }

  return {
    rateOf, startOf, pictureAt, length, frameAt, frameTime, lastTime, shifted, own, end, within, master, passed,
    lastFrame, masterFrameAt, masterTime, stepFrom,
  };
})();
