# Unequal probabilities without replacement: R survey with joint probabilities, Brewer's and Hartley and
# Rao's approximations, Poisson samples; R sampling for Deville's variance.

source("matrix.R")
suppressMessages(library(sampling))

matrix_of <- function(name) unname(as.matrix(read.csv(file.path("data", name))))

votes <- list(y = "bush", x = "kerry", z = "votes", level = c("size", "large"), by = "size")
election <- read_data("election.csv")
of_election <- function(...) svydesign(ids = ~1, fpc = ~p, data = election, ...)
joint <- ppsmat(matrix_of("election_joint.csv"))

sample_of <- function(name, joint = NULL, ...) {
  data <- read_data(paste0(name, ".csv"))
  pps <- if (is.null(joint)) poisson_sampling(data$pi) else ppsmat(matrix_of(paste0(joint, ".csv")))
  svydesign(ids = ~1, fpc = ~pi, data = data, pps = pps, ...)
}

towns_once <- modifyList(towns, list(by = c("large")))
block <- function(design, columns) {
  n <- nrow(design)
  matrix_block(design, columns, deff = FALSE, models = FALSE, df = n - 1)
}

# Deville's variance: the totals by varest, the ratio by varest of its linearised variable.
# Certain units have no variance; varest would divide by 0.
deville <- function(data, columns, pi) {
  where <- list(by = "national", domain = "all")
  random <- pi < 1
  error <- function(values) sqrt(varest(values[random], pik = pi[random]))
  totals <- lapply(unname(unlist(columns[c("y", "x", "z")])), function(name) {
    figure(sprintf("total(%s)", name), where, sum(data[[name]] / pi), error(data[[name]]), nothing, "none")
  })
  ratio <- sum(data[[columns$y]] / pi) / sum(data[[columns$x]] / pi)
  linearised <- (data[[columns$y]] - ratio * data[[columns$x]]) / sum(data[[columns$x]] / pi)
  c(totals, list(figure(ratio_name(c(columns$y, columns$x)), where, ratio, error(linearised), nothing, "none")))
}

# varHT with the joint probabilities of the sample: the form of Sen, Yates and Grundy.
of_sampling <- function(data, columns, pi, joint) {
  where <- list(by = "national", domain = "all")
  lapply(unname(unlist(columns[c("y", "x")])), function(name) {
    figure(sprintf("total(%s)", name), where, c(HTestimator(data[[name]], pi)),
           sqrt(varHT(data[[name]], joint, method = 2)), nothing, "none")
  })
}
pps <- read_data("mu284_pps.csv")

write_json(list(
  "election, brewer" = block(of_election(pps = "brewer"), votes),
  "election, hartley_rao" = block(of_election(pps = HR(), variance = "YG"), votes),
  "election, ht" = block(of_election(pps = joint), votes),
  "election, syg" = block(of_election(pps = joint, variance = "YG"), votes),
  "election, with replacement" = block(svydesign(ids = ~1, probs = ~p, data = election), votes),
  "election, poisson" = block(of_election(pps = poisson_sampling(election$p)), votes),
  "towns, syg, certainty" = block(sample_of("mu284_pps", "mu284_pps_joint", variance = "YG"), towns_once),
  "towns, ht, certainty" = block(sample_of("mu284_pps", "mu284_pps_joint"), towns_once),
  "towns, syg, strata" = block(sample_of("mu284_zones", "mu284_zones_joint", variance = "YG"), towns),
  "towns, poisson" = block(sample_of("mu284_poisson"), towns_once),
  "election, deville of sampling" = list(degf = 39, figures = deville(election, votes, election$p)),
  "election, syg of sampling" =
    list(degf = 39, figures = of_sampling(election, votes, election$p, matrix_of("election_joint.csv"))),
  "towns, deville of sampling, certainty" = list(degf = nrow(pps) - 1, figures = deville(pps, towns, pps$pi))
), "unequal.json", c("survey", "sampling"))
