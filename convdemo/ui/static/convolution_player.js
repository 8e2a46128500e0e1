// Step, play, pause, speed: which output cell is worked out now, and how many are filled.
(() => {
  const { make, tell } = convdemo;
  const SPEEDS = [1, 3, 10, 30]; // cells a second

  // `onMove()` is called whenever the cell or what is filled has changed.
  convdemo.benchPlayer = (root, { onMove }) => {
    const button = (key, onclick, primary = "") =>
      make("button", { type: "button", class: `cd-button${primary}`, "data-say": key, onclick });
    const play = button("convolution.play", () => (timer ? pause() : begin()), " cd-primary");
    const back = button("convolution.back", () => step(-1));
    const forward = button("convolution.step", () => step(1));
    const all = button("convolution.fill", () => finish());
    const speed = make("select", { class: "cd-select" }, ...SPEEDS.map((rate) => {
      const option = make("option", { value: rate });
      tell(option, "convolution.rate", { rate });
      return option;
    }));
    speed.value = SPEEDS[1];
    speed.addEventListener("change", () => timer && begin());
    root.classList.add("cd-toolbar", "cd-bench-player");
    root.append(play, back, forward, all,
      make("label", { class: "cd-field" }, make("span", { "data-say": "convolution.speed" }), speed));

    let [count, at, filling, timer] = [0, 0, false, null];

    function tellPlay() {
      tell(play, timer ? "convolution.pause" : "convolution.play");
      play.setAttribute("aria-pressed", Boolean(timer));
    }

    function pause() {
      clearInterval(timer);
      timer = null;
      tellPlay();
    }

    // From the first cell again where there is nothing left to fill.
    function begin() {
      clearInterval(timer);
      if (!count) return;
      if (!filling || at >= count - 1) at = 0;
      filling = true;
      timer = setInterval(() => {
        if (at >= count - 1) finish();
        else move(at + 1);
      }, 1000 / speed.value);
      tellPlay();
      onMove();
    }

    function finish() {
      pause();
      filling = false;
      onMove();
    }

    function move(next) {
      at = Math.min(count - 1, Math.max(0, next));
      onMove();
    }

    function step(way) {
      pause();
      move(at + way);
    }

    return {
      step, pause,
      toggle: () => (timer ? pause() : begin()),
      choose: (place) => {
        pause();
        filling = false;
        move(place);
      },
      // Another operation has so many cells; what was chosen stays where it is still there, unless it
      // is to begin elsewhere.
      use: (cells, first = null) => {
        if (cells !== count || first !== null) {
          pause();
          filling = false;
        }
        count = cells;
        at = Math.min(first ?? at, Math.max(0, count - 1));
        for (const one of [play, back, forward, all, speed]) one.disabled = !count;
      },
      get playing() { return Boolean(timer); },
      get at() { return at; },
      get filled() { return filling ? at : count - 1; },
    };
  };
})();
