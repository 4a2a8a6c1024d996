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
   * A time: `12.3 s`. Always in seconds, as in tables and reports, so that two can be compared at a glance.
   *
   * @param {number} value
   * @param {number} [digits]
   */
  const seconds = (value, digits = 1) => value.toFixed(digits).replace(/^-(?=[0.]+$)/, '') + ' s';

  /**
   * A frame's place in a clip: `6 s 02 f`, seconds and frames.
   *
   * @param {number} frame counted from 0
   * @param {number} fps
   */
  function timecode(frame, fps) {
    const rate = Math.max(1, Math.round(fps));
    return Math.floor(frame / rate) + ' s ' + String(frame % rate).padStart(2, '0') + ' f';
  }

  return { clamp, known, seconds, timecode };
})();
