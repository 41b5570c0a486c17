using System;
using System.Linq;
using DistributedFreeze.Inference;

using var classifier = ImageClassifier.Open("run1/model.onnx"); // what dfreeze export run1 wrote
var probabilities = classifier.Classify("one.jpg");
var best = probabilities.IndexOf(probabilities.Max());
Console.WriteLine($"{classifier.Classes[best]}  {probabilities[best]:P1}");
