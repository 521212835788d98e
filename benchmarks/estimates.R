# Time of estimates in R survey: Rscript estimates.R DATA.csv CALLS REPLICATES
suppressMessages(library(survey))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1], colClasses = c(domain = "character"))
calls <- as.integer(arguments[2])
replicates <- as.integer(arguments[3])
k <- sum(startsWith(names(data), "y"))
design <- svydesign(ids = ~1, strata = ~stratum, fpc = ~N_h, data = data)

# svyratio gives all pairs of numerators and denominators, so the indicators go one by one.
figures <- function(of) {
  for (j in seq_len(k) - 1) {
    y <- as.formula(paste0("~y", j))
    x <- as.formula(paste0("~x", j))
    whole <- svyratio(y, x, of)
    parts <- svyby(y, ~domain, of, svyratio, denominator = x)
  }
  c(coef(whole), SE(whole))
}
seconds <- function(job) {
  best <- Inf
  for (i in seq_len(calls)) {
    start <- proc.time()
    result <- job()
    best <- min(best, sum((proc.time() - start)[c("user.self", "sys.self")]))
  }
  list(best, result)
}
taylor <- seconds(function() figures(design))
made <- seconds(function() as.svrepdesign(design, type = "subbootstrap", replicates = replicates))
boot <- if (replicates > 0) seconds(function() figures(made[[2]])) else list(NA, c(NA, NA))
cat(sprintf("%.17g\n", c(taylor[[1]], taylor[[2]], made[[1]], boot[[1]], boot[[2]])))
cat(as.character(packageVersion("survey")), "\n")
