# Pages in a browser without a network.

# Opens a page in Chromium, runs a script in it when it is ready, and returns what the script
# passes to report(), by name, and `console`: what the browser complained of.
in_browser <- function(path, script = "", hash = "", env = parent.frame()) {
  chromium <- peer("chromium")
  page <- paste(readLines(path, encoding = "UTF-8"), collapse = "\n")
  probe <- paste0("<script>const report = (name, value) => { const line = ",
    "document.createElement('pre'); line.className = 'report'; line.textContent = ",
    "name + '=' + encodeURIComponent(value); document.body.append(line); };\n", script,
    "\nreport('done', document.documentElement.dataset.ready);</script></body>")
  copy <- withr::local_tempfile(fileext = ".html", .local_envir = env)
  connection <- file(copy, "wb")
  writeBin(charToRaw(enc2utf8(sub("</body>", probe, page, fixed = TRUE))), connection)
  close(connection)
  profile <- withr::local_tempdir(.local_envir = env)
  complaints <- withr::local_tempfile(.local_envir = env)
  options <- c("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--no-first-run", "--disable-background-networking", "--enable-logging=stderr",
    shQuote("--host-resolver-rules=MAP * ~NOTFOUND"), shQuote(paste0("--user-data-dir=", profile)),
    "--window-size=1200,900", "--virtual-time-budget=2000", "--dump-dom",
    shQuote(paste0("file://", copy, hash)))
  dom <- system2(chromium, options, stdout = TRUE, stderr = complaints, timeout = 120)
  lines <- unlist(regmatches(dom, gregexpr("(?<=<pre class=\"report\">)[^<]*", dom, perl = TRUE)))
  reports <- vapply(sub("^[^=]*=", "", lines), utils::URLdecode, "", USE.NAMES = FALSE)
  Encoding(reports) <- "UTF-8"
  c(as.list(stats::setNames(reports, sub("=.*", "", lines))),
    list(console = grep("CONSOLE", readLines(complaints, warn = FALSE), value = TRUE)))
}
