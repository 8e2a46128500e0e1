// A class of the Transfer tab: its name, its photos as a sheet, and the ways in for more of them.
(() => {
  const { make, tell } = convdemo;
  const FIRST = 24; // photos that are shown before more are asked for
  const MORE = 120;

  // `on` are {rename, remove, removePhoto, files, camera, say}; `images` gives pictures for ids once they are there.
  convdemo.transferClass = ({ id, on, images }) => {
    const name = make("input", { type: "text", class: "cd-class-name", maxlength: 200, "data-say-label": "transfer.class_name" });
    const count = make("span", { class: "cd-quiet cd-class-count" });
    const remove = make("button", { type: "button", class: "cd-icon", onclick: () => on.remove(id) }, "×");
    const chooser = make("input", { type: "file", accept: "image/*", multiple: "", class: "cd-hidden", tabindex: "-1" });
    const add = make("button", { type: "button", class: "cd-button", "data-say": "picture.upload", onclick: () => chooser.click() });
    const camera = make("button", { type: "button", class: "cd-button", "data-say": "picture.camera", onclick: () => on.camera(id) });
    const invite = make("p", { class: "cd-quiet", "data-say": "transfer.invite" });
    const sheet = make("div", { class: "cd-sheet", role: "group" });
    const more = make("button", { type: "button", class: "cd-button", onclick: showMore });
    const node = make("section", { class: "cd-class", "data-class": id },
      make("div", { class: "cd-class-head" }, name, count, remove), make("div", { class: "cd-toolbar" }, add, camera, chooser), invite, sheet, more);
    const tiles = new Map();
    let shown = FIRST;
    let known = { name: "", photos: [] };
    let marks = new Map(); // ids of photos that something is to be known of

    tell(add, "transfer.add_why", null, "sayTip");
    tell(camera, "transfer.camera_why", null, "sayTip");

    name.addEventListener("change", () => on.rename(id, name.value));
    name.addEventListener("keydown", (event) => event.key === "Enter" && name.blur());
    chooser.addEventListener("change", () => {
      const files = [...chooser.files];
      chooser.value = "";
      on.files(id, files);
    });
    convdemo.dropArea(node, { onFiles: (files) => on.files(id, files), onSentence: on.say });

    function showMore() {
      shown += MORE;
      draw();
    }

    function tile(photo) {
      const image = make("img", { alt: "" });
      const button = make("button", { type: "button", class: "cd-thumb", onclick: () => take(photo) }, image);
      tiles.set(photo, { button, image });
      return button;
    }

    // The photo goes, and the focus to the one after it.
    function take(photo) {
      const { button } = tiles.get(photo);
      const next = button.nextElementSibling ?? button.previousElementSibling ?? add;
      if (document.activeElement === button) next.focus();
      on.removePhoto(photo);
    }

    function draw() {
      const seen = known.photos.slice(0, shown);
      for (const [photo, { button }] of tiles) {
        if (seen.includes(photo)) continue;
        button.remove();
        tiles.delete(photo);
      }
      seen.forEach((photo, place) => {
        const button = tiles.get(photo)?.button ?? tile(photo);
        if (sheet.children[place] !== button) sheet.insertBefore(button, sheet.children[place] ?? null);
        const kind = marks.get(photo);
        button.classList.toggle("cd-marked", Boolean(kind));
        tell(button, kind ? `transfer.thumb_${kind}` : "transfer.thumb", { number: place + 1, name: convdemo.plainText(known.name) }, "sayLabel");
        tell(button, kind ? `transfer.thumb_${kind}` : "transfer.thumb", { number: place + 1, name: convdemo.plainText(known.name) }, "sayTip");
      });
      more.hidden = known.photos.length <= shown;
      tell(more, "transfer.more_photos", { photos: known.photos.length - shown });
      const missing = seen.filter((photo) => !tiles.get(photo).image.src);
      if (missing.length) images(missing).then(paint);
    }

    function paint(pictures) {
      for (const [photo, { image }] of tiles) if (pictures[photo]) image.src = pictures[photo];
    }

    function show(shownClass, marked) {
      known = shownClass;
      marks = marked;
      if (document.activeElement !== name) name.value = known.name;
      tell(count, known.photos.length === 1 ? "transfer.one_photo" : "transfer.n_photos", { photos: known.photos.length });
      tell(remove, "transfer.remove_class", { name: convdemo.plainText(known.name) }, "sayLabel");
      tell(remove, "transfer.remove_class", { name: convdemo.plainText(known.name) }, "sayTip");
      invite.hidden = known.photos.length > 0;
      draw();
    }

    return { node, show, focus: () => name.focus(), restore: () => (name.value = known.name) };
  };
})();
