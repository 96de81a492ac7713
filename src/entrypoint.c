/* Called by R when the package is loaded: registers the Rust functions and a panic hook that keeps
 * Rust's traceback off the user's screen (the message itself comes back as an R condition). */

void R_init_forebear_extendr(void *dll);
void register_extendr_panic_hook(void);

void R_init_forebear(void *dll) {
  register_extendr_panic_hook();
  R_init_forebear_extendr(dll);
}
