provider "aws" {
  region = var.region
}

variable "region" { default = "eu-central-1" }
variable "multi" {
  type    = bool
  default = false
}

resource "aws_db_instance" "orders" {
  identifier              = "orders"
  engine                  = "mysql"
  multi_az                = var.multi
  password                = "hunter2canary"
  backup_retention_period = 3 # skylint:ignore DB-004 reason="short on purpose" until=2099-01-01
}

module "db" {
  source   = "./mod"
  for_each = toset(["a.b", "c"])
  multi    = var.multi
}

# skylint:ignore DB-001 reason="old" until=2020-01-01
resource "aws_db_instance" "expired" {
  engine = "mysql"
}

# skylint:ignore DB-011 reason="nothing here"
resource "aws_lb" "checkout" {
  name = "checkout"
}

resource "aws_cloudfront_distribution" "checkout" {
  aliases = ["checkout.example.com"]
  enabled = true
  web_acl_id = local.acl
  origin {
    origin_id   = "b"
    domain_name = "b.example.com"
  }
  origin {
    origin_id   = "a"
    domain_name = aws_lb.checkout.dns_name
    custom_header {
      name  = "x"
      value = "hdrcanary"
    }
  }
}
locals { acl = aws_wafv2_web_acl.main.arn }
resource "aws_wafv2_web_acl" "main" { name = "m" }
