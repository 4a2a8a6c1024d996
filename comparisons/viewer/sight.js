/**
 * Which takes are in sight. WebKitGTK 2.50 keeps no picture of a clip outside the window, so a canvas cannot draw it: while two
 * takes are compared, clips out of sight are kept in the window's corner, invisible (`pair.css`). It also shows nothing of a
 * paused clip whose tab is opened again, or which full screen has moved, until the clip is sought.
 */
takes.sight = (() => {
  class Sight {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      this.observer = new IntersectionObserver((looks) => this.look(looks));
      room.root.addEventListener('fullscreenchange', () => room.player.showAgain());
    }

    /** @param {HTMLElement} node a take's stage, or its video element, which may be elsewhere */
    watch(node) {
      this.observer.observe(node);
    }

    /** @param {IntersectionObserverEntry[]} looks */
    look(looks) {
      let back = false;
      for (const { target, isIntersecting } of looks) {
        const { dataset } = /** @type {HTMLElement} */ (target);
        back = back || (target instanceof HTMLVideoElement && isIntersecting && dataset.away === 'true');
        dataset.away = String(!isIntersecting);
      }
      if (back) this.room.player.showAgain();
    }
  }

  return { Sight };
})();
