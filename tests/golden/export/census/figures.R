# Made by citysample: its figures in R, package survey (4.1 or later).
# In this folder: Rscript figures.R
# It writes results.csv and compares it with expected.csv.

suppressMessages(library(survey))
options(survey.lonely.psu = "fail")
data <- read.csv("data.csv", encoding = "UTF-8")
replicates <- as.matrix(read.csv("replicates.csv"))
design <- svrepdesign(
  weights = ~weight, repweights = replicates, data = data, type = "other", combined.weights = TRUE,
  scale = 4.0, rscales = 1.0, mse = TRUE
)

# A figure: a formula of the totals of some variables, which are 0 outside the domain. Its standard error is
# that of the total of its linearised variable, which loses fewer digits than vcov() of the totals.
figure <- function(number, inside, variables, formula) {
  values <- as.matrix(data[variables]) * inside
  totals <- coef(svytotal(values, design))
  estimate <- eval(deriv(formula, variables), as.list(totals))
  linearised <- drop(values %*% c(attr(estimate, "gradient")))
  # Where the variance is 0, rounding may make it negative.
  variance <- max(c(vcov(svytotal(linearised, design))), 0)
  data.frame(figure = number, estimate = c(estimate), se = sqrt(variance))
}

everywhere <- rep(TRUE, nrow(data))
results <- rbind(
  figure(1, everywhere, c("v1", "v2"),
         quote((v1 / v2))),
  figure(2, data$by1 == 1, c("v1", "v2"),
         quote((v1 / v2))),
  figure(3, data$by1 == 2, c("v1", "v2"),
         quote((v1 / v2))),
  figure(4, data$by1 == 3, c("v1", "v2"),
         quote((v1 / v2))),
  figure(5, everywhere, c("v3", "v1"),
         quote((v3 / v1))),
  figure(6, data$by1 == 1, c("v3", "v1"),
         quote((v3 / v1))),
  figure(7, data$by1 == 2, c("v3", "v1"),
         quote((v3 / v1))),
  figure(8, data$by1 == 3, c("v3", "v1"),
         quote((v3 / v1)))
)

results$estimate <- sprintf("%.17g", results$estimate)
results$se <- ifelse(is.na(results$se), "", sprintf("%.17g", results$se))
connection <- file("results.csv", open = "wb")
write.table(results, connection, sep = ",", quote = FALSE, row.names = FALSE, eol = "\n")
close(connection)

# The same to nine digits, where the same is expected; a standard error below 1e-8 of its estimate is zero.
both <- merge(read.csv("expected.csv", encoding = "UTF-8"), read.csv("results.csv"), by = "figure",
              suffixes = c("", ".here"))
size <- abs(both$estimate)
value <- abs(both$estimate.here - both$estimate) <= 1e-9 * size
error <- abs(both$se.here - both$se) <= 1e-9 * both$se + 1e-12 * size |
  pmax(both$se.here, both$se) <= 1e-8 * size
both$agrees <- value & (both$same != "estimate and se" | error)
print(both[c("figure", "estimate", "estimate.here", "se", "se.here", "same", "agrees")], row.names = FALSE)
cat(sum(both$agrees), "of", nrow(both), "figures agree.\n")
