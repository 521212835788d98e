# Two-stage samples that are read from a table: fpc at both stages, as counts and as fractions; R survey.

suppressMessages(library(survey))
options(survey.lonely.psu = "fail")
data(mu284)
data(api)
write.csv(mu284, "elsewhere_mu284.csv", row.names = FALSE, quote = FALSE)
columns <- c("snum", "dnum", "api00", "pw", "fpc1", "fpc2")
write.csv(apiclus2[columns], "elsewhere_schools.csv", row.names = FALSE, quote = FALSE)
schools <- apiclus2
mu284$f1 <- 5 / mu284$n1
mu284$f2 <- 3 / mu284$n2

total <- function(formula, design) {
  found <- svytotal(formula, design)
  sprintf("{\"total\": %.17g, \"se\": %.17g}", coef(found), SE(found))
}
ids <- ~dnum + snum
figures <- c(
  "mu284, counts" = total(~y1, svydesign(ids = ~id1 + id2, fpc = ~n1 + n2, data = mu284)),
  "mu284, fractions" = total(~y1, svydesign(ids = ~id1 + id2, fpc = ~f1 + f2, data = mu284)),
  "schools" = total(~api00, svydesign(ids = ids, fpc = ~fpc1 + fpc2, data = schools)),
  "schools, given weights" =
    total(~api00, svydesign(ids = ids, fpc = ~fpc1 + fpc2, weights = ~pw, data = schools)),
  "schools, with replacement" = total(~api00, svydesign(ids = ids, weights = ~pw, data = schools))
)
lines <- sprintf("  \"%s\": %s", names(figures), figures)
writeLines(c("{", paste(lines, collapse = ",\n"), "}"), "elsewhere.json")
