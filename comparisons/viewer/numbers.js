/** Writes numbers and times as text. */
takes.numbers = (() => {
  /**
   * @param {number} value
   * @param {number} low
   * @param {number} high
   */
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  /**
   * Whether the server sent a value: 0 and an empty text count as known.
   *
   * @template Value
   * @param {Value | null | undefined} value
   * @returns {value is Value}
   */
  const known = (value) => value !== null && value !== undefined;

  /**
   * A length of time: `12.3 s`, from a minute on `1:05.2 min`.
   *
   * @param {number} value
   */
  function seconds(value) {
    if (value < 60) return value.toFixed(1) + ' s';
    const tenths = Math.round(value * 10);
    return Math.floor(tenths / 600) + ':' + ((tenths % 600) / 10).toFixed(1).padStart(4, '0') + ' min';
  }

  /**
   * A moment of a clip: minutes, seconds and thousandths.
   *
   * @param {number} time in seconds
   */
  function thousandths(time) {
    const all = Math.round(time * 1000);
    return Math.floor(all / 60000) + ':' + (Math.floor(all / 1000) % 60 + '.').padStart(3, '0') + String(all % 1000).padStart(3, '0');
  }

  /**
   * A frame's place in a clip: minutes, seconds and frames.
   *
   * @param {number} frame counted from 0
   * @param {number} fps
   */
  function timecode(frame, fps) {
    const rate = Math.max(1, Math.round(fps));
    const whole = Math.floor(frame / rate);
    /** @param {number} value */
    const two = (value) => String(value).padStart(2, '0');
    return Math.floor(whole / 60) + ':' + two(whole % 60) + ':' + two(frame % rate);
  }

  return { clamp, known, seconds, thousandths, timecode };
})();
