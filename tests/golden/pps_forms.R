# Variance forms for unequal probabilities: R sampling (varest, varHT) and R survey (Brewer, Hartley-Rao,
# given joint probabilities in both forms, Poisson).

source("figures.R")
suppressMessages(library(sampling))
communes <- read.csv("../../examples/switzerland/frame.csv", encoding = "UTF-8")
measured <- read.csv("../../examples/switzerland/measurements.csv", encoding = "UTF-8")
communes <- cbind(communes, measured[match(communes$commune, measured$commune), c("built_up_ha", "households")])
columns <- c("area_ha", "built_up_ha", "households")

# Maximum entropy samples of three sizes among communes of two cantons, without the certain ones.
rows <- function(v) apply(unname(as.matrix(v)), 1, I, simplify = FALSE)
totals <- as.formula(paste("~", paste(columns, collapse = "+")))
blocks <- list()
cases <- list(list("VD", 90, 12), list("VD", 90, 30), list("TI", 70, 25))
set.seed(20261125)
for (case in cases) {
  part <- head(communes[communes$canton == case[[1]], ], case[[2]])
  pi <- inclusionprobabilities(part$population, case[[3]])
  part <- part[pi < 1, ]
  pi <- pi[pi < 1]
  tilde <- UPMEpiktildefrompik(pi, eps = 1e-13)
  joint <- UPMEpik2frompikw(pi, tilde / (1 - tilde))
  diag(joint) <- pi
  chosen <- which(UPmaxentropy(pi) == 1)
  sample <- part[chosen, ]
  sample$pi <- pi[chosen]
  P <- joint[chosen, chosen]
  design <- function(...) svydesign(ids = ~1, data = sample, ...)
  matrices <- list(
    brewer = vcov(svytotal(totals, design(fpc = ~pi, pps = "brewer"))),
    hartley_rao = vcov(svytotal(totals, design(probs = ~pi, pps = HR(), variance = "YG"))),
    syg = vcov(svytotal(totals, design(probs = ~pi, pps = ppsmat(P), variance = "YG"))),
    ht = vcov(svytotal(totals, design(probs = ~pi, pps = ppsmat(P, tolerance = 0), variance = "HT"))),
    poisson = vcov(svytotal(totals, design(probs = ~pi, pps = poisson_sampling(sample$pi), variance = "HT")))
  )
  single <- function(f) I(unname(sapply(columns, function(name) f(sample[[name]]))))
  blocks[[length(blocks) + 1]] <- list(
    pi = I(sample$pi), joint = rows(P),
    values = rows(sample[columns]),
    matrices = lapply(matrices, rows),
    varest = single(function(y) c(varest(y, pik = sample$pi))),
    var_ht_1 = single(function(y) varHT(y, P, method = 1)),
    var_ht_2 = single(function(y) varHT(y, P, method = 2))
  )
}
write_json(list(samples = blocks), "pps_forms.json", packages = c("survey", "sampling"))
