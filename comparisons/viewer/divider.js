/** The divider of a wipe follows mouse, touch and arrow keys. */
takes.divider = (() => {
  /** @type {Record<string, (split: number, by: number) => number>} */
  const SLIDES = {
    ArrowLeft: (split, by) => split - by, ArrowRight: (split, by) => split + by, Home: () => 0, End: () => 1,
    ArrowDown: (split, by) => split - by, ArrowUp: (split, by) => split + by,
  };

  /** @param {Pair} pair */
  function watchDivider(pair) {
    const { stage, divider } = pair.parts;
    /** @param {PointerEvent} event */
    const slideTo = (event) => {
      const box = stage.getBoundingClientRect();
      pair.setSplit((event.clientX - box.left) / box.width);
    };
    divider.addEventListener('keydown', (event) => {
      if (!Object.hasOwn(SLIDES, event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      pair.setSplit(SLIDES[event.key](pair.split, event.shiftKey ? 0.1 : 0.01));
    });
    stage.addEventListener('pointerdown', (event) => {
      if (pair.mode !== 'wipe' || (pair.room.lens.zoom > 1 && event.target !== divider)) return;
      event.preventDefault();
      divider.focus({ preventScroll: true });
      stage.setPointerCapture(event.pointerId);
      stage.dataset.sliding = 'true';
      slideTo(event);
    });
    stage.addEventListener('pointermove', (event) => { if (stage.dataset.sliding === 'true') slideTo(event); });
    for (const name of ['pointerup', 'pointercancel']) stage.addEventListener(name, () => { delete stage.dataset.sliding; });
  }

  return { watchDivider };
})();
