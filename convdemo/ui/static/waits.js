// What the tabs that are drawn by scripts of their own do while they wait.
(() => {
  const { make, tell } = convdemo;
  const MOMENT = 150; // milliseconds in which nothing needs to be said

  // Whether the panel is seen; `onSeen` when it comes to be.
  convdemo.explainSeen = (root, onSeen) => {
    let seen = false;
    new IntersectionObserver((changes) => {
      seen = changes.at(-1).isIntersecting;
      if (seen) onSeen();
    }).observe(root);
    return () => seen;
  };

  // A mark that something takes longer than a moment: a sentence, and a bar that goes as fast as it took
  // the last time. `usual` are the seconds before there was one.
  convdemo.explainMark = (key, usual) => {
    const fill = make("span", { class: "cd-mark-fill" });
    const words = make("span");
    const node = make("p", { class: "cd-quiet cd-explain-mark", role: "status" },
      words, make("span", { class: "cd-mark-track", "aria-hidden": "true" }, fill));
    let [started, waiting] = [0, null];
    node.hidden = true;

    function begin() {
      clearTimeout(waiting);
      started = performance.now();
      waiting = setTimeout(() => {
        tell(words, key, { seconds: Math.max(1, Math.round(usual)) });
        node.hidden = false;
        fill.animate([{ transform: "scaleX(0)" }, { transform: "scaleX(0.95)" }],
          { duration: 1000 * usual, easing: "ease-out", fill: "forwards" });
      }, MOMENT);
    }

    function end(done = true) {
      clearTimeout(waiting);
      if (done && started) usual = (performance.now() - started) / 1000;
      started = 0;
      node.hidden = true;
    }

    return { node, begin, end };
  };
})();
