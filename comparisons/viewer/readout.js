/** What the player's bar and the takes say of where the clips are, in words. */
takes.readout = (() => {
  const { seconds, timecode } = takes.numbers;
  const { end, length, own, passed, shifted, startOf } = takes.timeline;

  /**
   * The timecode of a frame of the lead. If the clip's pictures come unevenly, their numbers say little, so it has thousandths
   * of a second instead of frames.
   *
   * @param {Timed} lead
   * @param {number} frame
   */
  function codeOf(lead, frame) {
    return lead.moments ? seconds(startOf(lead, frame + passed(lead)) - shifted(lead), 3) : timecode(frame, lead.fps);
  }

  /**
   * How lengths and frame rates of the clips differ, in words; nothing if they do not.
   *
   * @param {Timed[]} clips
   */
  function differences(clips) {
    /** @type {(of: (clip: Timed) => number, close: number, digits: number, unit: string, more?: string) => string[]} */
    const range = (of, close, digits, unit, more = '') => {
      const values = clips.map(of);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      return values.length > 1 && most - least > close ? [least.toFixed(digits) + ' to ' + most.toFixed(digits) + ' ' + unit + more] : [];
    };
    return [
      ...range(length, 0.05, 1, 's long'),
      ...range((clip) => clip.fps, 0.01, 0, 'fps', ', a step leads to the next frame of any'),
    ];
  }

  /**
   * The word on a clip that is past its own end, or not yet at its start; else empty.
   *
   * @param {Timed} clip
   * @param {number} position
   * @param {number} last the end of all
   */
  function heldWords(clip, position, last) {
    const time = own(clip, position);
    const over = time >= length(clip) - 0.0005 && end(clip) < last - 0.0005;
    return over ? 'ended' : time < 0 ? 'not yet started' : '';
  }

  /** @param {number} shift in frames */
  const shiftWords = (shift) => (shift > 0 ? '+' : shift < 0 ? '−' : '') + Math.abs(shift) + ' f';

  return { codeOf, differences, heldWords, shiftWords };
})();
