/** Buttons that write a camera move into the prompt at the caret: in brackets, with moves that happen together in one pair. */
takes.camera = (() => {
  const { Steps } = takes.steps;

  const TOGETHER = 3; // moves in one pair of brackets

  /**
   * A prompt with one move more: in the brackets at the caret, or else in brackets of its own.
   *
   * @param {string} text
   * @param {number} at where the caret is
   * @param {string} move
   */
  function withMove(text, at, move) {
    const open = text.slice(0, at).lastIndexOf('[');
    const close = open < 0 ? -1 : text.indexOf(']', open);
    const moves = close < 0 ? [] : text.slice(open + 1, close).split(',').map((each) => each.trim()).filter(Boolean);
    if (close >= 0 && (at <= close || !text.slice(close + 1, at).trim())) {
      if (moves.includes(move)) return { text, at: close + 1 };
      if (moves.length < TOGETHER) return spliced(text, open + 1, close, [...moves, move].join(', '), 1);
    }
    const before = text.slice(0, at);
    return spliced(text, at, at, (!before || /\s$/.test(before) ? '' : ' ') + '[' + move + ']', 0);
  }

  /**
   * @param {string} text
   * @param {number} from
   * @param {number} to
   * @param {string} words what replaces the text between the two
   * @param {number} over how many characters after these words the caret goes
   */
  function spliced(text, from, to, words, over) {
    return { text: text.slice(0, from) + words + text.slice(to), at: from + words.length + over };
  }

  /** @param {Component} component */
  function open({ element, watch }) {
    /** @type {InstanceType<typeof Steps> | null} */
    let steps = null;
    const settle = () => requestAnimationFrame(() => {
      const bar = element.querySelector('.takes-camera');
      if (!(bar instanceof HTMLElement) || (steps && steps.box === bar)) return;
      steps = new Steps(bar, 'button');
      steps.settle();
    });
    element.addEventListener('click', ({ target }) => {
      const prompt = document.querySelector('#prompt textarea');
      if (!(target instanceof HTMLElement) || !target.closest('.takes-camera button') || !(prompt instanceof HTMLTextAreaElement)) return;
      const { text, at } = withMove(prompt.value, prompt.selectionEnd, target.textContent || '');
      prompt.value = text;
      prompt.setSelectionRange(at, at);
      prompt.dispatchEvent(new Event('input', { bubbles: true }));
    });
    watch('value', settle);
    settle();
  }

  return { open, withMove };
})();
