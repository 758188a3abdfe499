// A small shop in two Regions: what tests/cdk.rs synthesizes. Findings point at lines of this file,
// by the words in them, so lines may move.
const { App, NestedStack, RemovalPolicy, Stack, Tags } = require('aws-cdk-lib');
const dynamodb = require('aws-cdk-lib/aws-dynamodb');
const ec2 = require('aws-cdk-lib/aws-ec2');
const rds = require('aws-cdk-lib/aws-rds');

class Carts extends NestedStack {
  constructor(scope, id) {
    super(scope, id);
    new dynamodb.Table(this, 'Carts', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    });
    new dynamodb.Table(this, 'Sessions', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    });
  }
}

class Shop extends Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const vpc = new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 });
    new rds.DatabaseInstance(this, 'Orders', {
      engine: rds.DatabaseInstanceEngine.mysql({ version: rds.MysqlEngineVersion.VER_8_0_40 }),
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      multiAz: props.standby,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new Carts(this, 'Baskets');
    Tags.of(this).add('service', 'shop');
  }
}

const app = new App();
new Shop(app, 'Europe', { env: { region: 'eu-central-1' }, standby: true });
new Shop(app, 'America', { env: { region: 'us-east-1', account: '111122223333' }, standby: false });
app.synth();
