// Which way to go: the four quadrants of how many photos there are and how well the frozen base tells them apart,
// with the visitor's own set in its place.
(() => {
  const { make, tell } = convdemo;
  const LARGE = 1000; // photos of a class from which on there are many
  const PLACES = ["small_similar", "large_similar", "small_different", "large_different"];

  convdemo.transferAdvice = (root) => {
    const cells = new Map(PLACES.map((name) => [name, make("div", { class: "cd-quadrant" },
      make("strong", { "data-say": `transfer.quadrant.${name}` }), make("span", { class: "cd-quiet", "data-say": `transfer.quadrant.${name}.short` }))]));
    const point = make("span", { class: "cd-quadrant-point", hidden: "" });
    const box = make("div", { class: "cd-quadrants" }, ...cells.values(), point);
    const words = make("p", { class: "cd-words", role: "status" });
    const measured = make("p", { class: "cd-quiet" });
    root.append(make("h2", { "data-say": "transfer.advice" }), make("div", { class: "cd-advice" },
      make("div", { class: "cd-quadrant-frame" },
        make("span", { class: "cd-quiet cd-axis-up", "data-say": "transfer.axis_similar" }), box,
        make("span", { class: "cd-quiet cd-axis-along", "data-say": "transfer.axis_photos" })),
      make("div", {}, words, measured, make("p", { class: "cd-quiet", "data-say": "transfer.advice_how" }))));

    // Few photos to the left of the middle, many to its right, both on a scale of powers of ten.
    function along(photos) {
      const share = photos <= LARGE ? Math.log10(Math.max(photos, 1)) / Math.log10(LARGE) / 2 : 0.5 + Math.log10(photos / LARGE) / 2;
      return Math.min(0.97, Math.max(0.03, share));
    }

    // `advice` is that for the photos as they are, null where nothing was measured on them yet.
    function show(advice) {
      for (const [name, node] of cells) node.classList.toggle("cd-here", advice?.quadrant === name);
      point.hidden = !advice;
      tell(words, advice ? `transfer.quadrant.${advice.quadrant}.do` : "transfer.advice_none");
      if (!advice) {
        tell(measured, "");
        return;
      }
      point.style.left = `${100 * along(advice.photos_of_a_class)}%`;
      point.style.top = `${100 * Math.min(0.96, Math.max(0.04, 1 - advice.separation))}%`;
      tell(measured, "transfer.advice_measured", {
        photos: Number(advice.photos_of_a_class.toFixed(1)), right: convdemo.share(advice.right, 0), separation: advice.separation.toFixed(2),
      });
    }

    return { show };
  };
})();
