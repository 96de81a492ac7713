# Names that would end strings, tags and scripts, or read as something else.
wicked_names <- c("a\"b</script><b>x", "Z\u00fcrich 100% <i>&amp;'\\n", "\u65e5\u672c \U0001F9EC",
  "<!-- <script>")

# 60 samples of three populations on three maps, with places; nasty names in all.
linked_maps <- function(wicked = FALSE) {
  counts <- random_counts(60, 200)
  if (wicked) {
    rownames(counts)[1:4] <- c("<img src=x onerror=alert(1)>", "50%\t\"q\"", "\\", "\u2028x")
  }
  components <- pca(as_genotypes(counts), num_comp = 3)
  names <- if (wicked) wicked_names[1:3] else c("one", "two", "three")
  names <- sort(names, method = "radix")
  list(
    maps = list(GTM = gtm(components, nodes = 6, rbf = 2), PCA = components,
      `2 & 3` = structure(list(places = components$scores[, 2:3], method = "tsne",
        sample_id = components$sample_id, dims = 3L, objective = 0), class = "forebear_embedding")),
    labels = stats::setNames(rep(names, 20), components$sample_id),
    places = data.frame(population = names, latitude = c(10, 45, -30), longitude = c(0, 90, -60))
  )
}

write_page <- function(x, ..., env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".html", .local_envir = env)
  explore_maps(x$maps, path, x$labels, x$places, ...)
  path
}

# Counts pixels of each map that are near a colour, and clicks in the middle of a sample or place.
page_probe <- "
const data = JSON.parse(document.getElementById('data').textContent);
const figures = [...document.querySelectorAll('figure')];
const near = (figure, colour) => {
  const want = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const canvas = figure.querySelector('canvas'), copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const pen = copy.getContext('2d', { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  let n = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3] > 200 && want.every((value, c) => Math.abs(value - pixels[i + c]) < 12)) n++;
  }
  return n;
};
const colours = () => figures.map((figure) =>
  data.populations.map(({ colour }) => near(figure, colour) > 15 ? 1 : 0).join('')).join(' ');
const highlighted = () => figures.map((figure) => figure.dataset.highlighted).join(' ');
const pressed = () => [...document.querySelectorAll('#list button')]
  .map((button) => button.getAttribute('aria-pressed') === 'true' ? 1 : 0).join('');
const point = (figure, u, v, types) => {
  const frame = figure.querySelector('.frame'), box = frame.getBoundingClientRect();
  const at = { clientX: box.left + 1 + u * frame.clientWidth,
    clientY: box.top + 1 + v * (box.height - 2), pointerId: 1, bubbles: true };
  types.forEach((type) => frame.dispatchEvent(new PointerEvent(type, at)));
};
const sampleAt = (panel, i) => [0.04 + 0.92 * data.panels[panel].x[i] / 1e4,
  0.04 + 0.92 * (1 - data.panels[panel].y[i] / 1e4)];
const placeAt = (i) => {
  const { west, east, south, north } = data.world.frame;
  return [(data.world.longitude[i] - west) / (east - west),
    (north - data.world.latitude[i]) / (north - south)];
};
document.getElementById('names').click();
"

test_that("a click on a population highlights it on every map", {
  path <- write_page(linked_maps())
  got <- in_browser(path, paste(page_probe, "
    report('before', colours());
    document.querySelectorAll('#list button')[1].click();
    report('listed', colours());
    report('count', highlighted());
    report('pressed', pressed());
    report('address', location.hash);
    document.querySelectorAll('#list button')[1].click();
    report('again', colours());
    const far = data.samples.keys().find((i) => data.panels[1].x[i] === 10000);
    point(figures[1], ...sampleAt(1, far), ['pointermove']);
    report('tip', document.getElementById('tip').textContent);
    report('who', data.samples[far] + data.populations[data.population[far]].name);
    point(figures[1], ...sampleAt(1, far), ['pointerdown', 'pointerup']);
    report('pointed', pressed());
    report('wanted', data.populations.map((_, i) => i === data.population[far] ? 1 : 0).join(''));
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    report('escaped', colours());
    point(figures[3], ...placeAt(0), ['pointermove', 'pointerdown', 'pointerup']);
    report('placed', colours());
    report('place', data.world.population[0]);
    report('place_tip', document.getElementById('tip').textContent);
  "))
  expect_identical(got$done, "true")
  expect_identical(got$console, character())
  expect_identical(got$before, "111 111 111 111")
  expect_identical(got$listed, "010 010 010 010")
  expect_identical(got$count, "20 20 20 20")
  expect_identical(got$pressed, "010")
  expect_identical(got$address, "#population=three")
  expect_identical(got$again, got$before)
  expect_identical(got$tip, got$who)
  expect_identical(got$pointed, got$wanted)
  expect_identical(got$escaped, got$before)
  own <- paste(as.integer(0:2 == as.integer(got$place)), collapse = "")
  expect_identical(got$placed, paste(rep(own, 4), collapse = " "))
  expect_match(got$place_tip, "20 samples")
})

test_that("an address opens the page with populations and samples highlighted", {
  path <- write_page(linked_maps())
  got <- in_browser(path, paste("
    report('status', document.getElementById('status').textContent);", page_probe, "
    report('colours', colours());
    report('marked', figures.map((figure) => figure.dataset.marked).join(' '));
    const search = document.getElementById('search');
    search.value = 'S1';
    search.dispatchEvent(new Event('input'));
    report('found', figures[0].dataset.marked);
  "), "#population=one&population=two&sample=s7&population=none")
  expect_identical(got$console, character())
  expect_identical(got$colours, "101 101 101 101")
  expect_match(got$status, "highlighted: one, two, 40 samples")
  expect_match(got$status, "not here: none")
  expect_identical(got$marked, "1 1 1 1")
  # s1, s10 to s19.
  expect_identical(got$found, "11")
})

test_that("a map can be enlarged and moved, and comes back", {
  path <- write_page(linked_maps())
  got <- in_browser(path, paste(page_probe, "
    const frame = figures[0].querySelector('.frame');
    const picture = () => figures[0].querySelector('canvas').toDataURL();
    const before = picture();
    const box = frame.getBoundingClientRect();
    frame.dispatchEvent(new WheelEvent('wheel', { deltaY: -800, clientX: box.left + 40,
      clientY: box.top + 40, cancelable: true }));
    report('changed', picture() !== before);
    frame.dispatchEvent(new MouseEvent('dblclick'));
    report('back', picture() === before);
  "))
  expect_identical(got$console, character())
  expect_identical(c(got$changed, got$back), c("true", "true"))
})

test_that("names cannot break out of the page", {
  x <- linked_maps(wicked = TRUE)
  path <- write_page(x, title = "</title></script><script>alert(1)</script> 100% \u00e4")
  got <- in_browser(path, "
    const data = JSON.parse(document.getElementById('data').textContent);
    report('title', document.title);
    report('heading', document.getElementById('title').textContent);
    [...document.querySelectorAll('#list button')].forEach((button, i) =>
      report('name' + i, button.querySelector('.name').textContent));
    data.samples.slice(0, 4).forEach((id, i) => report('sample' + i, id));
    report('images', document.querySelectorAll('img, b b').length);
    document.querySelectorAll('#list button')[0].click();
    report('hash', new URLSearchParams(location.hash.slice(1)).get('population'));
  ")
  expect_identical(got$done, "true")
  expect_identical(got$console, character())
  expect_identical(got$title, "</title></script><script>alert(1)</script> 100% \u00e4")
  expect_identical(got$heading, got$title)
  names <- x$places$population
  expect_identical(c(got$name0, got$name1, got$name2), names)
  expect_identical(got$hash, names[[1]])
  expect_identical(c(got$sample0, got$sample1, got$sample2, got$sample3),
    unname(names(x$labels)[1:4]))
  expect_identical(got$images, "0")
})

test_that("the page asks for nothing, and the browser would not let it", {
  path <- write_page(linked_maps())
  page <- paste(readLines(path), collapse = "\n")
  expect_no_match(page, "https?:|//[a-z]+[.]|@import|url[(]|fetch|XMLHttpRequest|<link[^>]*css")
  expect_match(page, "default-src 'none'", fixed = TRUE)
  # What would fail the tests above.
  got <- in_browser(path, "
    const picture = new Image();
    picture.src = 'https://example.org/x.png';
    console.error('heard');")
  expect_true(any(grepl("heard", got$console)))
  expect_true(any(grepl("example.org", got$console)))
})

test_that("samples without labels, and maps without places, make a page", {
  x <- linked_maps()
  path <- withr::local_tempfile(fileext = ".html")
  expect_identical(withVisible(explore_maps(x$maps[2], path)), list(value = path, visible = FALSE))
  labels <- replace(x$labels, 1:30, NA)
  part <- withr::local_tempfile(fileext = ".html")
  places <- data.frame(sample_id = c("s1", "s2", "s40", "other"), latitude = c(1, 2, 3, NA),
    longitude = c(-179, 2, 3, NA))
  explore_maps(x$maps, part, labels, places)
  script <- "
    report('figures', document.querySelectorAll('figure').length);
    report('status', document.getElementById('status').textContent);"
  got <- in_browser(path, script)
  expect_identical(got$console, character())
  expect_identical(c(got$figures, got$status), c("1", "60 samples"))
  got <- in_browser(part, script, "#population=one")
  expect_identical(got$console, character())
  expect_identical(c(got$figures, got$status),
    c("4", "60 samples \u00b7 3 populations \u00b7 highlighted: one, 10 samples"))
})

test_that("thousands of samples are drawn, every one", {
  places <- withr::with_seed(1, matrix(stats::rnorm(10000), ncol = 2))
  fit <- structure(list(places = places, method = "umap", dims = 2L, objective = NA_real_,
    sample_id = sprintf("HG%05d", 1:5000)), class = "forebear_embedding")
  path <- withr::local_tempfile(fileext = ".html")
  explore_maps(list(UMAP = fit), path, rep(c("a", "b", "c", "d"), 1250))
  expect_lt(file.size(path), 300000)
  got <- in_browser(path, paste(page_probe, "report('colours', colours());
    report('count', highlighted());"), "#population=c&population=d")
  expect_identical(got$console, character())
  expect_identical(c(got$colours, got$count), c("0011", "2500"))
})

test_that("no file is replaced unasked, and none is left half written", {
  x <- linked_maps()
  path <- write_page(x)
  before <- readLines(path)
  expect_error(explore_maps(x$maps, path), class = "forebear_error_file_exists")
  expect_error(explore_maps(x$maps, dirname(path), overwrite = TRUE),
    class = "forebear_error_file_exists")
  expect_identical(readLines(path), before)
  explore_maps(x$maps[1], path, overwrite = TRUE)
  expect_lt(length(readLines(path, warn = FALSE)), length(before) + 1)
  expect_false(identical(readLines(path), before))
  folder <- withr::local_tempdir()
  expect_error(explore_maps(x$maps, file.path(folder, "none", "x.html")),
    class = "forebear_error_file")
  skip_without_utf8()
  odd <- file.path(folder, "100%s %n \u00e4.html")
  explore_maps(x$maps, odd)
  expect_identical(list.files(folder, all.files = TRUE, no.. = TRUE), basename(odd))
})

test_that("text becomes JSON that holds it", {
  expect_identical(json_strings("a\"b\\c"), "\"a\\\"b\\\\c\"")
  expect_identical(json_strings("</script>\n\u2028&'"),
    "\"\\u003c/script\\u003e\\u000a\\u2028\\u0026\\u0027\"")
  expect_identical(json_array(c(1, -0.25, 1e6, 123456789)), "[1,-0.25,1000000,123456789]")
  expect_identical(json_array(character()), "[]")
  expect_identical(json_array(json_strings(character())), "[]")
  broken <- "\xe4"
  Encoding(broken) <- "UTF-8"
  expect_error(json_strings(broken), class = "forebear_error_not_utf8")
})

test_that("what makes no page is refused", {
  x <- linked_maps()
  new <- withr::local_tempfile(fileext = ".html")
  expect_error(explore_maps(x$maps$PCA, new), class = "forebear_error_argument")
  expect_error(explore_maps(x$maps, new, x$labels, x$places[-1]),
    class = "forebear_error_coordinates")
  expect_error(explore_maps(x$maps, new, coordinates = x$places),
    class = "forebear_error_coordinates")
  expect_error(explore_maps(x$maps, new, x$labels[1:3] |> unname()),
    class = "forebear_error_labels_length")
  expect_error(explore_maps(x$maps, new, title = 1), class = "forebear_error_argument")
  expect_error(explore_maps(x$maps, ""), class = "forebear_error_argument")
  expect_false(file.exists(new))
})

test_that("new samples lie where predict() places them, in rings", {
  counts <- random_counts(60, 200)
  genotypes <- as_genotypes(counts)
  components <- pca(genotypes[1:50, ], num_comp = 3)
  maps <- list(PCA = components, GTM = gtm(components, nodes = 6, rbf = 2))
  new <- genotypes[51:60, ]
  labels <- data.frame(sample_id = rownames(counts)[c(1:50, 51:54)],
    population = rep(c("one", "two"), 27))
  path <- withr::local_tempfile(fileext = ".html")
  explore_maps(maps, path, labels, new_data = new, strand = "same")
  page <- paste(readLines(path, encoding = "UTF-8"), collapse = "")
  of <- function(pattern) {
    as.numeric(strsplit(sub(paste0(".*", pattern, "\\[([-0-9.,]*)\\].*"), "\\1", page), ",")[[1]])
  }
  expect_match(page, "\"n_new\":10,", fixed = TRUE)
  expect_identical(tail(of("\"population\":"), 10), c(0, 1, 0, 1, rep(-1, 6)))
  x <- unname(c(components$scores[, 2], predict(components, new, strand = "same")$PC2))
  expect_identical(of("\"PCA\",\"x\":\\[[-0-9.,]*\\],\"y\":"),
    round(1e4 * (x - min(x)) / diff(range(x))))
  got <- in_browser(path, "report('status', document.getElementById('status').textContent);")
  expect_match(got$status, "60 samples", fixed = TRUE)
  expect_match(got$status, "10 of them new, in rings", fixed = TRUE)
  expect_identical(got$console, character())
  expect_error(suppressMessages(explore_maps(maps, path, overwrite = TRUE,
    new_data = genotypes[1:3, ], strand = "same")),
    class = "forebear_error_unknown_sample")
  maps$tSNE <- structure(list(places = components$scores[, 2:3], method = "tsne",
    sample_id = components$sample_id, dims = 3L, objective = 0), class = "forebear_embedding")
  expect_snapshot(conditions_of(explore_maps(maps, path, overwrite = TRUE, new_data = new)))
})
