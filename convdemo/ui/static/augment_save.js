// What can be kept of the Augment tab: the grid as one picture, and everything that was drawn as JSON.
(() => {
  const { make } = convdemo;
  const GAP = 4; // white pixels between two tiles, as `convdemo augment` leaves them
  const LEAST = 160; // the longer side of a tile: smaller ones are enlarged, pixel by pixel

  function keep(blob, name) {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  convdemo.saveGrid = async (pictures, name) => {
    await Promise.all(pictures.map((picture) => picture.decode()));
    const { naturalWidth, naturalHeight } = pictures[0];
    const scale = Math.max(1, Math.floor(LEAST / Math.max(naturalWidth, naturalHeight)));
    const [width, height] = [naturalWidth * scale, naturalHeight * scale];
    const across = Math.round(Math.sqrt(pictures.length));
    const down = Math.ceil(pictures.length / across);
    const sheet = new OffscreenCanvas(across * (width + GAP) - GAP, down * (height + GAP) - GAP);
    const context = sheet.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, sheet.width, sheet.height);
    for (const [place, picture] of pictures.entries()) {
      const [left, top] = [(place % across) * (width + GAP), Math.floor(place / across) * (height + GAP)];
      context.drawImage(picture, left, top, width, height);
    }
    keep(await sheet.convertToBlob({ type: "image/png" }), `${name}.png`);
  };

  // What was asked for and what was drawn for it, tile by tile.
  convdemo.saveSettings = ({ asked, reply }, name) => {
    const settings = {
      picture: asked.name ?? asked.example ?? `${asked.dataset}-${asked.sample}`,
      size: reply.size,
      policy: asked.policy, // of these three, those that are not there are left out
      chain: asked.chain,
      fill: asked.fill,
      n: asked.n,
      seed: asked.seed,
      tiles: reply.tiles.map(({ rule, original_weight: untouched, operations }, place) =>
        ({ seed: asked.seed + place, rule, original_weight: untouched, operations })),
    };
    const text = `${JSON.stringify(settings, null, 2)}\n`;
    keep(new Blob([text], { type: "application/json" }), `${name}.json`);
  };
})();
