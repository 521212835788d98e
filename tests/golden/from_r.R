# The R blocks of docs/how-to/from-r.md, in one session, with what each of them prints: R survey.
# Run it in this folder. The test compares the page with it.

source("figures.R")

page <- readLines("../../docs/how-to/from-r.md", encoding = "UTF-8")
starts <- which(page == "```r")
ends <- sapply(starts, function(start) start + which(page[-seq_len(start)] == "```")[1])
here <- setwd("../..")
options(width = 100)
session <- new.env()

block <- function(start, end) {
  lines <- page[(start + 1):(end - 1)]
  code <- lines[!startsWith(lines, "#>")]
  shown <- capture.output(suppressWarnings(
    source(exprs = parse(text = code), local = session, print.eval = TRUE, echo = FALSE)
  ))
  shown <- sub(" +$", "", shown)
  list(code = as.list(code), output = as.list(shown[shown != ""]))
}
blocks <- Map(block, starts, ends)
setwd(here)
write_json(unname(blocks), "from_r.json")
