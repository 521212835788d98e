# Made by citysample: its figures in R, package survey (4.1 or later).
# In this folder: Rscript figures.R
# It writes results.csv and compares it with expected.csv.

suppressMessages(library(survey))
options(survey.lonely.psu = "fail")
data <- read.csv("data.csv", encoding = "UTF-8")
design <- svydesign(
  ids = ~psu1, strata = ~stratum1, fpc = ~fraction1, weights = ~weight, data = data
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
         quote((10000 * (v1 / v2)))),
  figure(2, data$by1 == 1, c("v1", "v2"),
         quote((10000 * (v1 / v2)))),
  figure(3, data$by1 == 2, c("v1", "v2"),
         quote((10000 * (v1 / v2)))),
  figure(4, data$by1 == 3, c("v1", "v2"),
         quote((10000 * (v1 / v2)))),
  figure(5, data$by1 == 4, c("v1", "v2"),
         quote((10000 * (v1 / v2)))),
  figure(6, data$by1 == 5, c("v1", "v2"),
         quote((10000 * (v1 / v2)))),
  figure(7, data$by1 == 6, c("v1", "v2"),
         quote((10000 * (v1 / v2)))),
  figure(8, data$by1 == 7, c("v1", "v2"),
         quote((10000 * (v1 / v2)))),
  figure(9, everywhere, c("v3"),
         quote(v3)),
  figure(10, data$by1 == 1, c("v3"),
         quote(v3)),
  figure(11, data$by1 == 2, c("v3"),
         quote(v3)),
  figure(12, data$by1 == 3, c("v3"),
         quote(v3)),
  figure(13, data$by1 == 4, c("v3"),
         quote(v3)),
  figure(14, data$by1 == 5, c("v3"),
         quote(v3)),
  figure(15, data$by1 == 6, c("v3"),
         quote(v3)),
  figure(16, data$by1 == 7, c("v3"),
         quote(v3)),
  figure(17, everywhere, c("v4", "v5", "v6", "v7", "v8"),
         quote(((v4 - ((v5 * v6) / v7)) / (v8 - ((v5 * v5) / v7))))),
  figure(18, data$by1 == 1, c("v4", "v5", "v6", "v7", "v8"),
         quote(((v4 - ((v5 * v6) / v7)) / (v8 - ((v5 * v5) / v7))))),
  figure(19, data$by1 == 2, c("v4", "v5", "v6", "v7", "v8"),
         quote(((v4 - ((v5 * v6) / v7)) / (v8 - ((v5 * v5) / v7))))),
  figure(20, data$by1 == 3, c("v4", "v5", "v6", "v7", "v8"),
         quote(((v4 - ((v5 * v6) / v7)) / (v8 - ((v5 * v5) / v7))))),
  figure(21, data$by1 == 4, c("v4", "v5", "v6", "v7", "v8"),
         quote(((v4 - ((v5 * v6) / v7)) / (v8 - ((v5 * v5) / v7))))),
  figure(22, data$by1 == 5, c("v4", "v5", "v6", "v7", "v8"),
         quote(((v4 - ((v5 * v6) / v7)) / (v8 - ((v5 * v5) / v7))))),
  figure(23, data$by1 == 6, c("v4", "v5", "v6", "v7", "v8"),
         quote(((v4 - ((v5 * v6) / v7)) / (v8 - ((v5 * v5) / v7))))),
  figure(24, data$by1 == 7, c("v4", "v5", "v6", "v7", "v8"),
         quote(((v4 - ((v5 * v6) / v7)) / (v8 - ((v5 * v5) / v7)))))
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
