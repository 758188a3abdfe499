variable "multi" {}
resource "aws_db_instance" "this" {
  engine   = "mysql"
  multi_az = var.multi
  # skylint:ignore DB-004
}
